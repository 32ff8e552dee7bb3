/**
 * What every stream parser is: bytes, side and time go in, exchanges come out through a callback.
 * A parser has no clock and does no I/O, so whatever it says of live traffic it also says of a replay.
 */

/** The end that sent the bytes. */
export type Side = 'client' | 'server'

export interface Parser {
  /**
   * @param bytes the next bytes of this side's stream, valid only during the call
   * @param at nanoseconds since the capture began
   */
  push(side: Side, bytes: Uint8Array, at: number): void
  /** @param missing how many bytes of this side's stream moved unseen */
  gap(side: Side, missing: number, at: number): void
  /** The connection closed, or the capture stopped. Whatever is pending leaves as `unfinished`. */
  end(at: number): void
}

/** Bytes that cannot be what the protocol allows. The connection catches it, resynchronises and counts. */
export class ProtocolError extends Error {
  override name = 'ProtocolError'
}
