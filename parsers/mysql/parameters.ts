/** The parameters of an execution as typed JSON values, read from the bytes that its exchange carries. */
import { type ParameterValue, readBinaryValue, textValue } from './binary-value.ts'
import { readBulk } from './bulk-parameters.ts'
import { isNull, layoutOf, type ParameterLayout } from './parameter-layout.ts'
import { Payload } from './payload.ts'
import type { RawParameters } from './raw-parameters.ts'

export interface Parameters {
  /** Null: they are not known. Of a bulk execution: those of its first set. */
  values: ParameterValue[] | null
  /** How many sets of parameters a bulk execution has; null: it is none, or that is not known. */
  sets: number | null
  /** Query attributes; null: there are none, or they are not known. */
  attributes: Record<string, ParameterValue> | null
}

const unknown: Parameters = { values: null, sets: null, attributes: null }

/** @param raw null where a command has none, or they were not seen */
export function readParameters(raw: RawParameters | null): Parameters {
  if (raw === null) return unknown
  if (raw.kind === 'bulk') {
    const bulk = readBulk(raw)
    return { values: bulk.first, sets: bulk.sets, attributes: null }
  }
  const layout = layoutOf(raw)
  if (layout === undefined || (layout.types === null && layout.count > 0)) return unknown
  const values = readValues(raw, layout)
  const parameters = raw.kind === 'query' ? 0 : (raw.count ?? layout.names?.filter((name) => name === '').length)
  return {
    values: raw.kind === 'query' ? null : values.slice(0, parameters),
    sets: null,
    attributes: attributesOf(layout, values, parameters ?? layout.count),
  }
}

function readValues(raw: RawParameters, layout: ParameterLayout): ParameterValue[] {
  const payload = new Payload(raw.bytes, layout.values, raw.bytes.length)
  const values: ParameterValue[] = []
  let broken = false
  for (let i = 0; i < layout.count; i++) {
    const type = layout.types?.[2 * i] ?? 0
    const long = raw.longData?.get(i)
    // a server takes what was sent ahead also where the bitmap says NULL, as PHP's mysqli does
    if (long !== undefined) values.push(textValue(long.bytes, long.length, type, raw.charset))
    else if (isNull(raw, layout, i)) values.push(null)
    else {
      const value: ParameterValue | undefined = broken
        ? undefined
        : readBinaryValue(payload, type, layout.types?.[2 * i + 1] ?? 0, raw.charset)
      broken ||= value === undefined
      values.push(value === undefined ? { unknown: true } : value)
    }
  }
  return values
}

function attributesOf(
  { names }: ParameterLayout,
  values: ParameterValue[],
  parameters: number,
): Record<string, ParameterValue> | null {
  if (names === null || names.length <= parameters) return null
  return Object.fromEntries(names.slice(parameters).map((name, i) => [name, values[parameters + i] ?? null]))
}
