/**
 * What every stream parser is: bytes, side and time go in, exchanges come out through a callback.
 * A parser has no clock and does no I/O, so whatever it says of live traffic it also says of a replay.
 * It never throws on input: bytes that cannot be are handled like bytes that were lost, and counted.
 */

import type { Exchange } from './exchange.ts'

/** The end that sent the bytes. */
export type Side = 'client' | 'server'

export interface Parser {
  /**
   * @param bytes the next bytes of this side's stream, valid only during the call: those from `start` to `end`, or all
   * @param at nanoseconds since the capture began
   */
  push(side: Side, bytes: Uint8Array, at: number, start?: number, end?: number): void
  /**
   * @param missing how many bytes of this side's stream moved unseen
   * @param timed they moved at this time; else some time before
   */
  gap(side: Side, missing: number, at: number, timed?: boolean): void
  /**
   * The connection closed. Whatever is pending leaves as `unfinished`.
   * @param stopped it did not close: only the capture stopped
   */
  end(at: number, stopped?: boolean): void
  /**
   * The connection has been quiet for a while: whatever can be told without a guess may leave now.
   * @returns whether more may leave when it has been quiet for longer
   */
  settle?(at: number): boolean
  /** What was sent and is not answered yet, as far as it has come; the exchanges go on changing. */
  unfinished?(): readonly Exchange[]
}
