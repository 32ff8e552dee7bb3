/** Finds the lines of a stream: in place where a chunk holds the whole line, else put together up to a limit. */

const lineFeed = 0x0a
const carriageReturn = 0x0d
const nothing = new Uint8Array(0)

/** `lineIsCut`: the line is longer than what is given. The bytes are valid only during the call. */
export type OnLine = (bytes: Uint8Array, start: number, end: number, lineIsCut: boolean) => void

export class LineReader {
  readonly #maxBytes: number
  readonly #onLine: OnLine
  /** The beginning of a line whose end has not come. Let go with the line: an idle connection holds none. */
  #kept = nothing
  /** Bytes of that line so far; more than are kept where it is too long. */
  #length = 0

  constructor(maxBytes: number, onLine: OnLine) {
    this.#maxBytes = maxBytes
    this.#onLine = onLine
  }

  clear(): void {
    this.#kept = nothing
    this.#length = 0
  }

  /** Reads one line at most. @returns the offset after it, or undefined when the bytes ended before the line */
  read(bytes: Uint8Array, from: number): number | undefined {
    const end = endOfLine(bytes, from)
    if (end === bytes.length) {
      this.#keep(bytes, from, end)
      return undefined
    }
    if (this.#length === 0) {
      this.#give(bytes, from, end - from)
    } else {
      this.#keep(bytes, from, end)
      const kept = this.#kept
      const length = this.#length
      this.clear()
      this.#give(kept, 0, length)
    }
    return end + 1
  }

  /** A recipient may take a lone LF for the line's end, and ignores the CR before it (RFC 9112 section 2.2). */
  #give(bytes: Uint8Array, start: number, length: number): void {
    if (length > this.#maxBytes) this.#onLine(bytes, start, start + this.#maxBytes, true)
    else if (bytes[start + length - 1] === carriageReturn && length > 0)
      this.#onLine(bytes, start, start + length - 1, false)
    else this.#onLine(bytes, start, start + length, false)
  }

  #keep(bytes: Uint8Array, from: number, end: number): void {
    const room = Math.min(this.#length + end - from, this.#maxBytes)
    const old = Math.min(this.#length, this.#maxBytes)
    if (room > this.#kept.length) {
      const larger = new Uint8Array(Math.min(Math.max(256, room * 2), this.#maxBytes))
      larger.set(this.#kept.subarray(0, old))
      this.#kept = larger
    }
    if (room > old) this.#kept.set(bytes.subarray(from, from + room - old), old)
    this.#length += end - from
  }
}

/** Lines of a head are short: looking byte by byte is quicker than a call into native code. */
function endOfLine(bytes: Uint8Array, from: number): number {
  for (let i = from; i < bytes.length; i++) if (bytes[i] === lineFeed) return i
  return bytes.length
}
