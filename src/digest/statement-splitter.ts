/** A script in chunks becomes its statements: each ends with a semicolon at the end of a line, outside strings, names and comments. */
import { ascii, byteAt, classOf, commentEnd, lexeme, lineEnd, quotedNameEnd, stringEnd } from './lexis.ts'
import { sqlMode } from '../../parsers/mysql/sql-mode.ts'

/** A longer statement is given out in parts. */
export const maxStatementBytes = 16 * 1024 * 1024

const lineFeed = 0x0a

export class StatementSplitter {
  readonly #mode: number
  readonly #onStatement: (statement: Uint8Array) => void
  #pending: Uint8Array = new Uint8Array(0)
  #length = 0
  /** Do not look again before there is this much, so that a long statement is not read anew with each chunk. */
  #enough = 0

  /** @param mode bits of {@link sqlMode} */
  constructor(mode: number, onStatement: (statement: Uint8Array) => void) {
    this.#mode = mode
    this.#onStatement = onStatement
  }

  push(chunk: Uint8Array): void {
    if (this.#length + chunk.length > this.#pending.length) {
      const grown = new Uint8Array((this.#length + chunk.length) * 2)
      grown.set(this.#pending.subarray(0, this.#length))
      this.#pending = grown
    }
    this.#pending.set(chunk, this.#length)
    this.#length += chunk.length
    if (this.#length >= this.#enough) this.#split(false)
  }

  end(): void {
    this.#split(true)
  }

  #split(last: boolean): void {
    let start = 0
    for (;;) {
      const end = this.#statementEnd(start, last)
      if (end < 0) break
      this.#give(start, end)
      start = end
    }
    const rest = this.#length - start
    if (last || rest > maxStatementBytes) {
      this.#give(start, this.#length)
      start = this.#length
    }
    this.#pending.copyWithin(0, start, this.#length)
    this.#length -= start
    this.#enough = this.#length * 2
  }

  #give(start: number, end: number): void {
    const bytes = this.#pending
    let stop = end
    while (stop > start && (bytes[stop - 1] === ascii.semicolon || classOf[bytes[stop - 1] ?? 0] === lexeme.space))
      stop--
    while (start < stop && classOf[bytes[start] ?? 0] === lexeme.space) start++
    if (stop > start) this.#onStatement(bytes.slice(start, stop))
  }

  /** @returns after the line that ends the statement; −1 when it is not there yet */
  #statementEnd(start: number, last: boolean): number {
    const text = this.#pending
    const end = this.#length
    for (let at = start; at < end;) {
      const byte = text[at] ?? 0
      if (byte === ascii.semicolon) {
        const line = this.#restOfLine(at + 1)
        if (line >= 0) return line
        if (line === needMore) return last ? end : -1
      }
      at = this.#tokenEnd(text, at, end, byte)
    }
    return -1
  }

  #tokenEnd(text: Uint8Array, at: number, end: number, byte: number): number {
    const next = byteAt(text, at + 1, end)
    if (byte === ascii.quote) return stringEnd(text, at, end, this.#mode)
    if (byte === ascii.doubleQuote) {
      const name = (this.#mode & sqlMode.ANSI_QUOTES) !== 0
      return name ? quotedNameEnd(text, at, end) : stringEnd(text, at, end, this.#mode)
    }
    if (byte === ascii.backtick) return quotedNameEnd(text, at, end)
    if (byte === ascii.slash && next === ascii.star) return commentEnd(text, at, end)
    const dashes = byte === ascii.minus && next === ascii.minus && classOf[byteAt(text, at + 2, end)] === lexeme.space
    return dashes || classOf[byte] === lexeme.hash ? lineEnd(text, at, end) : at + 1
  }

  /** @returns after the line when nothing but white space is left of it, -1 when something is, or {@link needMore} */
  #restOfLine(at: number): number {
    for (; at < this.#length; at++) {
      const byte = this.#pending[at] ?? 0
      if (byte === lineFeed) return at + 1
      if (classOf[byte] !== lexeme.space) return -1
    }
    return needMore
  }
}

const needMore = -2
