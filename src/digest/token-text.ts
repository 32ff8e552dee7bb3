/** A reusable scratch of bytes for the tokens of a digest's text, which decides on the spaces between them. */
import { ascii } from './lexis.ts'
import { isAccountName, token } from './token.ts'

/** Text of a digest beyond this is not written: the digest is that of the beginning. */
export const maxNormalBytes = 8192
/** What one token may write past the limit. */
const slack = 1024
/** What a copy leaves free for the tokens that close it. */
const reserved = 3

export class TokenText {
  readonly bytes: Uint8Array
  /** The same memory, for the hash. */
  readonly words: Int32Array
  length = 0
  previous: number = token.start
  /** Meanings of the word written last. */
  previousMeaning = 0
  /** A value may come next, so that a sign belongs to it. */
  valueNext = true
  /** White space or a comment came since the last token. */
  spaced = false
  /** What was written before the last word. */
  beforeWord: number = token.start

  constructor() {
    const buffer = new ArrayBuffer(maxNormalBytes + slack)
    this.bytes = new Uint8Array(buffer)
    this.words = new Int32Array(buffer)
  }

  get full(): boolean {
    return this.length >= maxNormalBytes
  }

  /** Writes the space that belongs between the last token and the next one. */
  space(next: number): void {
    const previous = this.previous
    const glued =
      previous === token.start ||
      previous === token.open ||
      previous === token.dot ||
      previous === token.unary ||
      previous === token.at ||
      next === token.close ||
      next === token.comma ||
      next === token.dot ||
      (next === token.open && (previous === token.word || previous === token.call)) ||
      (next === token.at && !this.spaced && isAccountName(previous))
    if (!glued) this.bytes[this.length++] = ascii.space
    this.spaced = false
  }

  /** Copies a token as it stands. */
  copy(text: Uint8Array, start: number, end: number): void {
    const stop = Math.min(end, start + this.bytes.length - this.length - reserved)
    for (let i = start; i < stop; i++) this.bytes[this.length++] = text[i] ?? 0
  }

  /** Copies a quoted name, with the quotes that mean one in every SQL mode. */
  copyName(text: Uint8Array, start: number, end: number): void {
    if (text[start] !== ascii.doubleQuote) return this.copy(text, start, end)
    const closed = end > start + 1 && text[end - 1] === ascii.doubleQuote
    const stop = Math.min(closed ? end - 1 : end, start + (this.bytes.length - this.length) / 2 - reserved)
    this.bytes[this.length++] = ascii.backtick
    for (let i = start + 1; i < stop; i++) {
      const byte = text[i] ?? 0
      if (byte === ascii.doubleQuote) i++
      if (byte === ascii.backtick) this.bytes[this.length++] = byte
      this.bytes[this.length++] = byte
    }
    if (closed) this.bytes[this.length++] = ascii.backtick
  }

  wrote(kind: number, valueNext: boolean): void {
    this.previous = kind
    this.previousMeaning = 0
    this.valueNext = valueNext
  }
}
