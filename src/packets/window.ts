/** A window that slides over a capture file: readers look at what lies in it, in place, and ask for more. */
import { Buffer } from 'node:buffer'
import type { ByteSource } from './byte-source.ts'

const firstBytes = 256 << 10

export class Window {
  readonly source: ByteSource
  /** Looked at from `start` to `end`; another buffer after `fill`. */
  bytes = Buffer.from(new ArrayBuffer(firstBytes))
  /** The same bytes, for the hot path: of a Buffer every view costs three times as much. */
  plain: Uint8Array<ArrayBuffer> = new Uint8Array(this.bytes.buffer)
  start = 0
  end = 0
  /** The source has no more. */
  ended = false
  /** Of the file, unpacked, where `bytes` begins. */
  #base = 0
  #wanted = 0
  #skip = 0

  constructor(source: ByteSource) {
    this.source = source
  }

  /** Place in the file, unpacked, of `start`. */
  get position(): number {
    return this.#base + this.start
  }

  /** Bytes that were to be skipped and are not there: only at the end. */
  get missing(): number {
    return this.#skip
  }

  /** Whether so many bytes lie there; if not, `fill` will try to get them. */
  has(length: number): boolean {
    if (this.#skip === 0 && this.end - this.start >= length) return true
    this.#wanted = length
    return false
  }

  /** Goes on behind so many bytes, which need not be there. */
  skip(length: number): void {
    const here = Math.min(length, this.end - this.start)
    this.start += here
    this.#skip = length - here
  }

  /** Reads until what was asked for is there. @returns false where the file ends first */
  fill(): boolean | Promise<boolean> {
    while (!this.has(this.#wanted)) {
      if (this.ended) return false
      this.#makeRoom()
      const read = this.source.read(this.bytes, this.end)
      if (typeof read !== 'number') return this.#filled(read)
      this.#take(read)
    }
    return true
  }

  async #filled(first: Promise<number>): Promise<boolean> {
    this.#take(await first)
    return this.fill()
  }

  #take(read: number): void {
    if (read === 0) this.ended = true
    this.end += read
    if (this.#skip > 0) this.skip(this.#skip)
  }

  #makeRoom(): void {
    // by a multiple of 8: what is aligned in the file stays so
    const from = this.start & ~7
    if (this.#wanted + 8 > this.bytes.length) {
      const larger = new ArrayBuffer(2 ** Math.ceil(Math.log2(this.#wanted + 8)))
      const bytes = Buffer.from(larger)
      this.bytes.copy(bytes, 0, from, this.end)
      this.bytes = bytes
      this.plain = new Uint8Array(larger)
    } else this.bytes.copyWithin(0, from, this.end)
    this.#base += from
    this.start -= from
    this.end -= from
  }
}
