/** Parameters on a record: as many as fit, then how many were left out. Each value is bounded where it is read. */
import type { ParameterValue } from '../../parsers/mysql/binary-value.ts'
import type { RecordParameter } from '../record.ts'

/** Characters of JSON that the parameters of one record may take. */
const mostCharacters = 32 << 10

export function boundedParameters(values: ParameterValue[] | null): RecordParameter[] | null {
  if (values === null) return null
  const fitting = howManyFit(values)
  return fitting === values.length ? values : [...values.slice(0, fitting), { omitted: values.length - fitting }]
}

export function boundedAttributes(
  attributes: Record<string, ParameterValue> | null,
): Record<string, RecordParameter> | null {
  if (attributes === null) return null
  const entries = Object.entries(attributes)
  const fitting = howManyFit(entries)
  if (fitting === entries.length) return attributes
  return { ...Object.fromEntries(entries.slice(0, fitting)), '…': { omitted: entries.length - fitting } }
}

function howManyFit(values: readonly unknown[]): number {
  let room = mostCharacters
  const tooMany = values.findIndex((value) => (room -= JSON.stringify(value).length + 1) < 0)
  return tooMany < 0 ? values.length : tooMany
}
