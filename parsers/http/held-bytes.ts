/** A few bytes put aside until it is clear what they begin: the body after all, or the next request. */
import { looksLikeRequest } from './detection.ts'

/** As many as looksLikeRequest may ask for. */
const maxHeldBytes = 32

export class HeldBytes {
  /** When the first of them came. */
  at = 0
  #bytes = new Uint8Array(0)

  /**
   * @returns whether what is held, and then `bytes`, begins a request. While that is not known the bytes are held; once
   * it is, they are not: whoever asked reads `take()` and then goes on where he was.
   */
  beginsRequest(bytes: Uint8Array, from: number, at: number): boolean | undefined {
    if (this.#bytes.length === 0) this.at = at
    const more = bytes.subarray(from, from + maxHeldBytes)
    const all = new Uint8Array(this.#bytes.length + more.length)
    all.set(this.#bytes)
    all.set(more, this.#bytes.length)
    const answer = looksLikeRequest(all, all.length)
    if (answer === undefined) this.#bytes = all
    return answer
  }

  take(): Uint8Array {
    const bytes = this.#bytes
    this.#bytes = new Uint8Array(0)
    return bytes
  }
}
