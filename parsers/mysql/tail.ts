/**
 * The end of an answer whose middle was not seen. Where framing is lost in a result set, the last bytes before the
 * client speaks again are held against the forms that can end it: an EOF, the OK that stands in its place, or an ERR.
 */

/** Enough for an OK without session state, 7 bytes to 23, and for the beginning of most errors. */
const tailBytes = 64
const headerBytes = 4
const headerEof = 0xfe
const headerErr = 0xff
const eofBytes = 5
const okBytes = 7
/** `#` stands in front of the SQLSTATE. */
const sqlStateMarker = 0x23
const none = new Uint8Array(0)

export class Tail {
  /** Most connections never need it. */
  #bytes: Uint8Array = none
  #fill = 0

  /** Bytes follow that were not seen. */
  cut(): void {
    this.#fill = 0
  }

  push(bytes: Uint8Array): void {
    if (this.#bytes === none) this.#bytes = new Uint8Array(tailBytes)
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
    for (let length = eofBytes; length <= this.#fill - headerBytes; length++) {
      const start = this.#fill - length
      const bytes = this.#bytes
      if (bytes[start - 4] !== length || bytes[start - 3] !== 0 || bytes[start - 2] !== 0) continue
      if (isEnd(bytes, start, length)) return bytes.slice(start, this.#fill)
    }
    return undefined
  }
}

function isEnd(bytes: Uint8Array, start: number, length: number): boolean {
  if (bytes[start] === headerErr) return length >= 9 && bytes[start + 3] === sqlStateMarker
  if (bytes[start] !== headerEof || length === 6) return false
  // an OK after rows has affected nothing
  return length < okBytes || (bytes[start + 1] === 0 && bytes[start + 2] === 0)
}
