/**
 * Where the parts of an execution's parameters lie (manual, "COM_STMT_EXECUTE"): with CLIENT_QUERY_ATTRIBUTES their
 * count; a NULL bitmap; whether types follow; types, 2 bytes each, with CLIENT_QUERY_ATTRIBUTES and a name; values.
 */
import { skipBinaryValue } from './binary-value.ts'
import type { LongData } from './long-data.ts'
import { Payload } from './payload.ts'
import type { RawParameters } from './raw-parameters.ts'

export interface ParameterLayout {
  /** Of the statement's parameters, and of the query attributes behind them. */
  count: number
  /** Offset of the NULL bitmap. */
  nulls: number
  /** Two bytes each; null: they are not known. */
  types: Uint8Array | null
  typesSent: boolean
  names: string[] | null
  /** Offset of the values. */
  values: number
}

const PARAMETER_COUNT_AVAILABLE = 8
/** Beyond it no client binds. */
const mostParameters = 65535
/** Values that are followed to find a count that fits, for each byte sent: what is not found by then is not known. */
const valuesFollowedPerByte = 4
/** A type's second byte has no other bit than this. */
const UNSIGNED = 0x80

/** @returns undefined where the parts cannot be told apart */
export function layoutOf(raw: RawParameters): ParameterLayout | undefined {
  if (raw.kind === 'bulk') return undefined
  if (raw.kind === 'query') return namedLayout(raw)
  if (raw.named === true) return namedLayout(raw)
  if (raw.named === false) return raw.count === null ? fittingLayout(raw) : plainLayout(raw, raw.count)
  // the handshake was not seen: the one form that the bytes fit
  const plain = raw.count === null ? fittingLayout(raw) : plainLayout(raw, raw.count)
  const named = namedLayout(raw)
  const isPlain = plain !== undefined && fits(raw, plain)
  const isNamed = named !== undefined && fits(raw, named) && named.count >= (raw.count ?? 0)
  if (isPlain && isNamed && (plain.count > 0 || named.count > 0)) return undefined
  return isPlain ? plain : isNamed ? named : undefined
}

function plainLayout(raw: RawParameters, count: number): ParameterLayout | undefined {
  return readLayout(new Payload(raw.bytes, 0, raw.bytes.length), count, false, raw.types)
}

/** A COM_QUERY's attributes have the number of their sets behind the count: always 1. */
function namedLayout(raw: RawParameters): ParameterLayout | undefined {
  const payload = new Payload(raw.bytes, 0, raw.bytes.length)
  if (raw.kind === 'execute' && raw.count === 0 && (raw.flags & PARAMETER_COUNT_AVAILABLE) === 0) {
    return readLayout(payload, 0, true, null)
  }
  const count = payload.length()
  if (count === undefined || count > mostParameters) return undefined
  if (raw.kind === 'query' && payload.length() !== 1) return undefined
  return readLayout(payload, count, true, raw.types)
}

/** A statement whose preparation was not seen: the one count that the bytes fit, if there is just one. */
function fittingLayout(raw: RawParameters): ParameterLayout | undefined {
  if (raw.length === 0) return plainLayout(raw, 0)
  const { bytes, length } = raw
  if (bytes.length < length) return undefined
  const budget = { values: valuesFollowedPerByte * bytes.length }
  let found: ParameterLayout | undefined
  for (let count = 1; ((count + 7) >>> 3) + 1 + 2 * count <= bytes.length; count++) {
    if (bytes[(count + 7) >>> 3] !== 1) continue
    const layout = plainLayout(raw, count)
    if (layout === undefined || endOfValues(raw, layout, raw.longData, budget) !== length) continue
    if (found !== undefined) return undefined
    found = layout
  }
  return budget.values > 0 ? found : undefined
}

function readLayout(
  payload: Payload,
  count: number,
  named: boolean,
  remembered: Uint8Array | null,
): ParameterLayout | undefined {
  const nulls = payload.offset
  if (count === 0) return { count, nulls, types: null, typesSent: false, names: null, values: nulls }
  if (!payload.skip((count + 7) >>> 3)) return undefined
  const typesSent = payload.integer(1)
  if (typesSent === undefined || typesSent > 1) return undefined
  if (typesSent === 0) {
    const types = remembered !== null && remembered.length >= 2 * count ? remembered : null
    return { count, nulls, types, typesSent: false, names: null, values: payload.offset }
  }
  if (!named) {
    const { offset } = payload
    if (!payload.skip(2 * count)) return undefined
    const types = payload.bytes.subarray(offset, payload.offset)
    return { count, nulls, types, typesSent: true, names: null, values: payload.offset }
  }
  const types = new Uint8Array(2 * count)
  const names: string[] = []
  for (let i = 0; i < count; i++) {
    const type = payload.integer(1)
    const flags = payload.integer(1)
    const name = payload.lengthEncodedText()
    if (type === undefined || flags === undefined || name === undefined) return undefined
    types[2 * i] = type
    types[2 * i + 1] = flags
    names.push(name)
  }
  return { count, nulls, types, typesSent: true, names, values: payload.offset }
}

export function isNull(raw: RawParameters, layout: ParameterLayout, index: number): boolean {
  return ((raw.bytes[layout.nulls + (index >>> 3)] ?? 0) & (1 << (index & 7))) !== 0
}

export function hasNull(raw: RawParameters, layout: ParameterLayout): boolean {
  for (let i = 0; i < layout.count; i++) if (isNull(raw, layout, i)) return true
  return false
}

/** Whether the values end where the bytes do. */
export function fits(raw: RawParameters, layout: ParameterLayout): boolean {
  return endOfValues(raw, layout, raw.longData) === raw.length
}

/** @param budget of values for a guessed layout. @returns offset behind the last value; undefined where they cannot be followed */
export function endOfValues(
  raw: RawParameters,
  layout: ParameterLayout,
  longData: LongData | null,
  budget?: { values: number },
): number | undefined {
  const { types, count, values } = layout
  if (count === 0) return values
  if (types === null) return undefined
  const payload = new Payload(raw.bytes, values, raw.bytes.length)
  for (let i = 0; i < count; i++) {
    if (budget !== undefined && (budget.values-- <= 0 || ((types[2 * i + 1] ?? 0) & ~UNSIGNED) !== 0)) return undefined
    if (isNull(raw, layout, i) || longData?.has(i) === true) continue
    if (!skipBinaryValue(payload, types[2 * i] ?? 0)) return undefined
  }
  return payload.offset
}
