/**
 * The seam between packets and streams: one TCP segment as a capture file shows it. Capture files are read and dissected in
 * src/packets; src/tcp puts the segments of a connection in order.
 */

/** Bits of `flags` (RFC 9293, 3.1). */
export const tcpFlag = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16 } as const

/** One object, overwritten by the next segment: valid only during the call. */
export interface Segment {
  /** Nanoseconds since the capture's time 0. May be smaller than the one before: captures are not always in order. */
  at: number
  /** The capture says when; else `at` is the time before it. */
  timed: boolean
  /** Address and port it came from: a number of {@link Endpoints}. */
  source: number
  destination: number
  /** Unsigned, 32 bits. */
  sequence: number
  acknowledgement: number
  flags: number
  /** What was seen of the payload lies here, from `payloadStart` to `payloadEnd`. */
  payload: Uint8Array
  payloadStart: number
  payloadEnd: number
  /** Payload bytes on the wire, by the IP header; more than were seen where the capture cut the packet (snaplen). */
  payloadLength: number
  /**
   * Where it was seen: a small number for each capture interface, VLAN and tunnel. The same segment on two paths is one
   * packet seen twice; the same on one path was sent twice.
   */
  path: number
}

export interface SegmentSink {
  segment(segment: Segment): void
  /** Everything that was captured before `at` has been told. Nanoseconds since the capture's time 0. */
  tick?(at: number): void
}

/** What was seen of it, never as a Buffer: the slice of one is no copy, and its subarray costs three times as much. */
export function payloadOf({ payload, payloadStart, payloadEnd }: Segment): Uint8Array {
  return new Uint8Array(payload.buffer, payload.byteOffset + payloadStart, payloadEnd - payloadStart)
}
