/**
 * Values of the binary protocol (manual, "Binary Protocol Value"), as JSON. Numbers that JavaScript cannot hold exactly,
 * decimals, dates and times are strings in SQL's own form; what is no text is bytes in hexadecimal digits.
 */
import { Buffer } from 'node:buffer'
import type { Charset } from './charset.ts'
import { columnType, valueLength } from './column-types.ts'
import type { Payload } from './payload.ts'

export type ParameterValue =
  | null
  | number
  | string
  /** A long text's beginning, and how many bytes the whole has. */
  | { text: string; bytes: number }
  /** Bytes that are no text: how many, and the first of them. */
  | { bytes: number; hex: string }
  /** MariaDB's bulk execution: the column's default, or as the column is. */
  | { keyword: 'DEFAULT' | 'IGNORE' }
  /** It was sent, and not seen. */
  | { unknown: true }

/** Bytes of a text, and of what is no text, that are shown. */
const textBytesShown = 1024
const hexBytesShown = 32
const unsignedFlag = 0x80

/** @returns false where the value is not whole, or of no known type */
export function skipBinaryValue(payload: Payload, type: number): boolean {
  const known = valueLength(type)
  if (known === undefined) return false
  if (typeof known === 'number') return payload.skip(known)
  const length = known === 'date' ? payload.integer(1) : payload.length()
  return length !== undefined && payload.skip(length)
}

/** @returns undefined where the value is not whole, or of no known type; a text may be cut */
export function readBinaryValue(
  payload: Payload,
  type: number,
  flags: number,
  charset: Charset | null,
): ParameterValue | undefined {
  const unsigned = (flags & unsignedFlag) !== 0
  switch (type) {
    case columnType.MYSQL_TYPE_NULL:
      return null
    case columnType.MYSQL_TYPE_TINY:
    case columnType.MYSQL_TYPE_BOOL:
      return readInteger(payload, 1, unsigned)
    case columnType.MYSQL_TYPE_SHORT:
    case columnType.MYSQL_TYPE_YEAR:
      return readInteger(payload, 2, unsigned)
    case columnType.MYSQL_TYPE_LONG:
    case columnType.MYSQL_TYPE_INT24:
      return readInteger(payload, 4, unsigned)
    case columnType.MYSQL_TYPE_LONGLONG:
      return readLongLong(payload, unsigned)
    case columnType.MYSQL_TYPE_FLOAT:
    case columnType.MYSQL_TYPE_DOUBLE:
      return readFloat(payload, type)
    case columnType.MYSQL_TYPE_DATE:
    case columnType.MYSQL_TYPE_NEWDATE:
    case columnType.MYSQL_TYPE_DATETIME:
    case columnType.MYSQL_TYPE_TIMESTAMP:
      return readDate(payload)
    case columnType.MYSQL_TYPE_TIME:
      return readTime(payload)
    default:
      return valueLength(type) === undefined ? undefined : readText(payload, type, charset)
  }
}

function readInteger(payload: Payload, size: 1 | 2 | 4, unsigned: boolean): number | undefined {
  const value = payload.integer(size)
  if (value === undefined || unsigned) return value
  const half = 2 ** (8 * size - 1)
  return value >= half ? value - 2 * half : value
}

function readLongLong(payload: Payload, unsigned: boolean): number | string | undefined {
  const view = payload.view(8)
  if (view === undefined) return undefined
  const value = unsigned ? view.getBigUint64(0, true) : view.getBigInt64(0, true)
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value.toString()
}

/** A float has the fewest digits that give it back; infinities and NaN, which JSON has not, are text. */
function readFloat(payload: Payload, type: number): number | string | undefined {
  const isFloat = type === columnType.MYSQL_TYPE_FLOAT
  const view = payload.view(isFloat ? 4 : 8)
  if (view === undefined) return undefined
  const value = isFloat ? view.getFloat32(0, true) : view.getFloat64(0, true)
  if (!Number.isFinite(value)) return String(value)
  if (!isFloat) return value
  for (let digits = 6; digits < 9; digits++) {
    const shorter = Number(value.toPrecision(digits))
    if (Math.fround(shorter) === value) return shorter
  }
  return value
}

const two = (value: number) => String(value).padStart(2, '0')

/** Length 0, 4, 7 or 11: year 2, month, day; hour, minute, second; microseconds 4. */
function readDate(payload: Payload): string | undefined {
  const length = payload.integer(1)
  if (length === undefined || length > payload.left) return undefined
  const end = payload.offset + length
  const part = (size: number) => (payload.offset + size <= end ? (payload.integer(size) ?? 0) : 0)
  const date = `${String(part(2)).padStart(4, '0')}-${two(part(1))}-${two(part(1))}`
  const text = length <= 4 ? date : `${date} ${two(part(1))}:${two(part(1))}:${two(part(1))}`
  const micros = length >= 11 ? part(4) : 0
  payload.offset = end
  return micros === 0 ? text : `${text}.${String(micros).padStart(6, '0')}`
}

/** Length 0, 8 or 12: 1 where negative, days 4, hours, minutes, seconds; microseconds 4. */
function readTime(payload: Payload): string | undefined {
  const length = payload.integer(1)
  if (length === undefined || length > payload.left) return undefined
  const end = payload.offset + length
  const part = (size: number) => (payload.offset + size <= end ? (payload.integer(size) ?? 0) : 0)
  const sign = part(1) === 1 ? '-' : ''
  const hours = part(4) * 24 + part(1)
  const text = `${sign}${two(hours)}:${two(part(1))}:${two(part(1))}`
  const micros = length >= 12 ? part(4) : 0
  payload.offset = end
  return micros === 0 ? text : `${text}.${String(micros).padStart(6, '0')}`
}

const textTypes: ReadonlySet<number> = new Set([
  columnType.MYSQL_TYPE_DECIMAL,
  columnType.MYSQL_TYPE_NEWDECIMAL,
  columnType.MYSQL_TYPE_VARCHAR,
  columnType.MYSQL_TYPE_VAR_STRING,
  columnType.MYSQL_TYPE_STRING,
  columnType.MYSQL_TYPE_ENUM,
  columnType.MYSQL_TYPE_SET,
  columnType.MYSQL_TYPE_JSON,
])

function readText(payload: Payload, type: number, charset: Charset | null): ParameterValue | undefined {
  const length = payload.length()
  if (length === undefined) return undefined
  const kept = Math.min(length, payload.left)
  const bytes = payload.bytes.subarray(payload.offset, payload.offset + kept)
  payload.offset += kept
  return textValue(bytes, length, type, charset)
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** @param bytes the value, or its beginning. @param length of the whole */
export function textValue(bytes: Uint8Array, length: number, type: number, charset: Charset | null): ParameterValue {
  const text = textTypes.has(type) ? textOf(bytes, length, charset) : undefined
  if (text === undefined) {
    const shown = bytes.subarray(0, hexBytesShown)
    return { bytes: length, hex: Buffer.from(shown.buffer, shown.byteOffset, shown.length).toString('hex') }
  }
  return length <= textBytesShown && length === bytes.length ? text : { text, bytes: length }
}

/** @returns undefined where it is neither in that character set nor in UTF-8 */
function textOf(bytes: Uint8Array, length: number, charset: Charset | null): string | undefined {
  if (charset?.isMultiByte === true) return charset.decode(bytes.subarray(0, textBytesShown))
  let end = Math.min(bytes.length, textBytesShown)
  // a character that is cut goes
  if (end < length) {
    let back = 0
    while (back < 3 && end - back > 0 && ((bytes[end - back - 1] ?? 0) & 0xc0) === 0x80) back++
    const lead = bytes[end - back - 1] ?? 0
    if (lead >= 0xc0) end -= back + 1
  }
  try {
    return utf8.decode(bytes.subarray(0, end))
  } catch {
    return charset?.decode(bytes.subarray(0, textBytesShown))
  }
}
