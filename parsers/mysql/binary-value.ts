/** Values of the binary protocol (manual, "Binary Protocol Value"), by column type. */
import type { Payload } from './payload.ts'

/** Bytes of a value of fixed size, by column type (manual, "enum_field_types"). */
const fixedBytes: ReadonlyMap<number, number> = new Map([
  [0x01, 1], // MYSQL_TYPE_TINY
  [0x02, 2], // MYSQL_TYPE_SHORT
  [0x03, 4], // MYSQL_TYPE_LONG
  [0x04, 4], // MYSQL_TYPE_FLOAT
  [0x05, 8], // MYSQL_TYPE_DOUBLE
  [0x06, 0], // MYSQL_TYPE_NULL
  [0x08, 8], // MYSQL_TYPE_LONGLONG
  [0x09, 4], // MYSQL_TYPE_INT24
  [0x0d, 2], // MYSQL_TYPE_YEAR
])

/** Dates and times begin with their length in one byte. */
const shortLengthTypes: ReadonlySet<number> = new Set([0x07, 0x0a, 0x0b, 0x0c])

/** @returns false where the value is not whole */
export function skipBinaryValue(payload: Payload, type: number): boolean {
  const fixed = fixedBytes.get(type)
  if (fixed !== undefined) return payload.skip(fixed)
  const length = shortLengthTypes.has(type) ? payload.integer(1) : payload.length()
  return length !== undefined && payload.skip(length)
}
