/**
 * The end of an answer whose middle was not seen. Where framing is lost in a result set, the last bytes before the
 * client speaks again are held against the one form that can end it: an EOF, or the OK that stands in its place.
 */

/** Enough for an OK without session state: header 4, and 7 bytes to 23. */
const tailBytes = 64

export class Tail {
  readonly #bytes = new Uint8Array(tailBytes)
  #fill = 0

  /** Bytes follow that were not seen. */
  cut(): void {
    this.#fill = 0
  }

  push(bytes: Uint8Array): void {
    if (bytes.length >= tailBytes) {
      this.#bytes.set(bytes.subarray(bytes.length - tailBytes))
      this.#fill = tailBytes
      return
    }
    const kept = Math.min(this.#fill, tailBytes - bytes.length)
    this.#bytes.copyWithin(0, this.#fill - kept, this.#fill)
    this.#bytes.set(bytes, kept)
    this.#fill = kept + bytes.length
  }

  /** @returns the closing packet's payload; undefined where the last bytes are none */
  closingPacket(): Uint8Array | undefined {
    // an EOF has 5 bytes; an OK 7 and up, with nothing affected
    for (let length = 5; length <= this.#fill - 4; length++) {
      const start = this.#fill - length
      const bytes = this.#bytes
      const header = bytes[start - 4] === length && bytes[start - 3] === 0 && bytes[start - 2] === 0
      if (!header || bytes[start] !== 0xfe || length === 6) continue
      if (length > 5 && (bytes[start + 1] !== 0 || bytes[start + 2] !== 0)) continue
      return bytes.slice(start, this.#fill)
    }
    return undefined
  }
}
