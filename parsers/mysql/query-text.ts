/**
 * Where the text of a COM_QUERY begins. With CLIENT_QUERY_ATTRIBUTES (MySQL 8.0.23 and later): count, number of sets
 * (1), and for a count above 0 a NULL bitmap, 1, per attribute type 1, flag 1 and name, then the values, then the text.
 */
import { type Capabilities, has } from './capabilities.ts'
import { Payload } from './payload.ts'
import { skipBinaryValue } from './binary-value.ts'

/** @returns offset of the text's first byte; undefined where the attributes cannot be followed */
export function queryTextStart(
  bytes: Uint8Array,
  start: number,
  end: number,
  capabilities: Capabilities,
): number | undefined {
  const negotiated = has(capabilities, 'CLIENT_QUERY_ATTRIBUTES')
  if (negotiated === false) return start
  // without the handshake: no statement begins with a control character followed by 1
  if (negotiated === undefined && !((bytes[start] ?? 0x20) < 9 && bytes[start + 1] === 1)) return start
  const payload = new Payload(bytes, start, end)
  const count = payload.length()
  const sets = payload.length()
  if (count === undefined || sets === undefined) return undefined
  if (count === 0) return payload.offset
  const nulls = payload.offset
  if (!payload.skip(((count + 7) >>> 3) + 1)) return undefined
  const types: number[] = []
  for (let i = 0; i < count; i++) {
    const type = payload.integer(1)
    if (type === undefined || !payload.skip(1)) return undefined
    const name = payload.length()
    if (name === undefined || !payload.skip(name)) return undefined
    types.push(type)
  }
  for (const [i, type] of types.entries()) {
    const isNull = ((bytes[nulls + (i >>> 3)] ?? 0) & (1 << (i & 7))) !== 0
    if (!isNull && !skipBinaryValue(payload, type)) return undefined
  }
  return payload.offset
}
