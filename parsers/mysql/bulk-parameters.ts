/**
 * The parameters of a COM_STMT_BULK_EXECUTE (MariaDB's manual): with the flag for it types, 2 bytes each; then sets of
 * them one behind the other, each value after an indicator: 0 it follows, 1 NULL, 2 the default, 3 it is left as it is.
 */
import { type ParameterValue, readBinaryValue, skipBinaryValue } from './binary-value.ts'
import type { Charset } from './charset.ts'
import { Payload } from './payload.ts'
import type { RawParameters } from './raw-parameters.ts'

const SEND_TYPES_TO_SERVER = 128
const indicator = { NONE: 0, NULL: 1, DEFAULT: 2, IGNORE: 3 } as const

export interface Bulk {
  first: ParameterValue[] | null
  /** Null: not known. */
  sets: number | null
}

function bringsTypes({ flags }: RawParameters): boolean {
  return (flags & SEND_TYPES_TO_SERVER) !== 0
}

/** @returns the types that these bytes bring; null where they bring none, or not all */
export function bulkTypes(raw: RawParameters): Uint8Array | null {
  if (raw.count === null || !bringsTypes(raw)) return null
  return raw.bytes.length < 2 * raw.count ? null : raw.bytes.subarray(0, 2 * raw.count)
}

export function readBulk(raw: RawParameters): Bulk {
  const sent = bulkTypes(raw)
  const types = bringsTypes(raw) ? sent : raw.types
  if (raw.count === null || raw.count === 0 || types === null) return { first: null, sets: null }
  const payload = new Payload(raw.bytes, sent === null ? 0 : sent.length, raw.bytes.length)
  const first = readFirst(payload, types, raw.count, raw.charset)
  let sets = 1
  while (payload.left > 0) {
    if (!skipSet(payload, types, raw.count)) return { first, sets: null }
    sets++
  }
  return { first, sets: raw.bytes.length < raw.length ? null : sets }
}

function readFirst(payload: Payload, types: Uint8Array, count: number, charset: Charset | null): ParameterValue[] {
  const values: ParameterValue[] = []
  for (let i = 0; i < count; i++) {
    const found = payload.integer(1)
    if (found === indicator.NULL) values.push(null)
    else if (found === indicator.DEFAULT) values.push({ keyword: 'DEFAULT' })
    else if (found === indicator.IGNORE) values.push({ keyword: 'IGNORE' })
    else {
      const value =
        found === indicator.NONE
          ? readBinaryValue(payload, types[2 * i] ?? 0, types[2 * i + 1] ?? 0, charset)
          : undefined
      values.push(value === undefined ? { unknown: true } : value)
    }
  }
  return values
}

function skipSet(payload: Payload, types: Uint8Array, count: number): boolean {
  for (let i = 0; i < count; i++) {
    const found = payload.integer(1)
    if (found === undefined || found > indicator.IGNORE) return false
    if (found === indicator.NONE && !skipBinaryValue(payload, types[2 * i] ?? 0)) return false
  }
  return true
}
