/** The payload of a packet that came in several chunks, as far as it is kept: a beginning. */
import { noBytes } from './packet.ts'

export class SplitPayload {
  bytes: Uint8Array = noBytes
  /** Bytes of it that are there. */
  length = 0
  /** A gap hides what follows. */
  isCut = false

  /** @param most bytes to be kept of the first part */
  add(bytes: Uint8Array, start: number, end: number, most: number): void {
    if (this.isCut) return
    if (this.bytes.length === 0) this.bytes = new Uint8Array(most)
    const kept = Math.min(end - start, this.bytes.length - this.length)
    if (kept <= 0) return
    this.bytes.set(bytes.subarray(start, start + kept), this.length)
    this.length += kept
  }
}
