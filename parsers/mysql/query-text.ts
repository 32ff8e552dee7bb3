/**
 * Where the text of a COM_QUERY begins. With CLIENT_QUERY_ATTRIBUTES (MySQL 8.0.23 and later) attributes stand in front:
 * count, number of sets (1), and for a count above 0 the same parts as in a COM_STMT_EXECUTE.
 */
import { type Capabilities, capability } from './capabilities.ts'
import { endOfValues, layoutOf } from './parameter-layout.ts'
import type { RawParameters } from './raw-parameters.ts'

export interface QueryText {
  /** Offset of the text's first byte. */
  start: number
  /** In the packet's own bytes, valid as long as these; null: there are none. */
  attributes: RawParameters | null
}

/** @returns offset of the first byte behind attributes that are none */
export function plainTextStart(bytes: Uint8Array, start: number, capabilities: Capabilities): number | undefined {
  // spelled out: a capability found by its name costs more than the rest
  if (capabilities !== undefined && (capabilities & capability.CLIENT_QUERY_ATTRIBUTES) === 0) return start
  const count = bytes[start] ?? 0x20
  // without the handshake: no statement begins with a control character followed by 1
  if (capabilities === undefined && !(count < 9 && bytes[start + 1] === 1)) return start
  return count === 0 && bytes[start + 1] === 1 ? start + 2 : undefined
}

/** @returns undefined where the attributes cannot be followed */
export function readQueryText(bytes: Uint8Array, start: number, end: number): QueryText | undefined {
  const attributes: RawParameters = {
    kind: 'query',
    bytes: bytes.subarray(start, end),
    length: end - start,
    count: null,
    types: null,
    named: true,
    flags: 0,
    charset: null,
    longData: null,
  }
  const layout = layoutOf(attributes)
  const behind = layout === undefined ? undefined : endOfValues(attributes, layout, null)
  if (behind === undefined) return undefined
  attributes.bytes = attributes.bytes.subarray(0, behind)
  attributes.length = behind
  return { start: start + behind, attributes: layout?.count === 0 ? null : attributes }
}
