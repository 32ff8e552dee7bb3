/**
 * The text of a digest while it grows: a reusable scratch of bytes that decides on spaces, writes `?` for a value, and
 * folds lists of values as they come, so that a list of a million values never needs more room than one.
 */
import { ascii } from './lexis.ts'
import { isAccountName, token } from './token.ts'
import { lower, meaning } from './words.ts'

/** A parenthesis: `list` after IN, `row` after VALUES, `laterRow` after a row, `tuple` within these. */
const frame = { plain: 0, list: 1, row: 2, laterRow: 3, tuple: 4 } as const

/** Text of a digest beyond this is not written: the digest is that of the beginning. */
export const maxNormalBytes = 8192
/** What one token may write past the limit. */
const slack = 1024
/** Parentheses deeper than this are copied, not folded. */
const maxDepth = 64
const foldedLength = 3

export class NormalText {
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
  #prefix = 0
  #semicolon = false
  #wordStart = 0
  #wordSpace = 0
  #depth = 0
  readonly #kinds = new Uint8Array(maxDepth)
  /** Where to return to when the parenthesis is folded away: before its space. */
  readonly #starts = new Int32Array(maxDepth)
  readonly #parens = new Int32Array(maxDepth)
  /** Ends of the last complete row of VALUES, and of the last `...`. */
  #rowEnd = -1
  #foldEnd = -1

  constructor() {
    const buffer = new ArrayBuffer(maxNormalBytes + slack)
    this.bytes = new Uint8Array(buffer)
    this.words = new Int32Array(buffer)
  }

  get full(): boolean {
    return this.length >= maxNormalBytes
  }

  /** @param prefix what the text begins with, its space included */
  begin(prefix: Uint8Array | null): void {
    if (prefix !== null) this.bytes.set(prefix)
    this.length = this.#prefix = prefix === null ? 0 : prefix.length
    this.previous = token.start
    this.previousMeaning = 0
    this.valueNext = true
    this.spaced = false
    this.#semicolon = false
    this.#depth = 0
    this.#rowEnd = this.#foldEnd = -1
  }

  /** Writes the space that belongs between the last token and the next one. */
  space(next: number): void {
    this.#settle()
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

  /** Writes the semicolon that was waiting for a statement to follow. */
  #settle(): void {
    if (!this.#semicolon) return
    this.#semicolon = false
    if (this.length === this.#prefix) return
    this.bytes[this.length++] = ascii.semicolon
    this.bytes[this.length++] = ascii.space
    this.previous = token.start
  }

  /** A semicolon is written when another statement follows. */
  semicolon(): void {
    this.#semicolon = true
    this.previousMeaning = 0
    this.valueNext = true
  }

  symbol(kind: number, byte: number, valueNext: boolean): void {
    this.space(kind)
    this.bytes[this.length++] = byte
    this.wrote(kind, valueNext)
  }

  /** Copies a token as it stands. */
  copy(text: Uint8Array, start: number, end: number): void {
    const stop = Math.min(end, start + this.bytes.length - this.length - foldedLength)
    for (let i = start; i < stop; i++) this.bytes[this.length++] = text[i] ?? 0
  }

  wrote(kind: number, valueNext: boolean): void {
    this.previous = kind
    this.previousMeaning = 0
    this.valueNext = valueNext
  }

  /** Remembers where a word starts, since what follows may fold it or take it back. @returns where its bytes go */
  beginWord(): number {
    this.#settle()
    this.#wordSpace = this.length
    this.beforeWord = this.previous
    this.space(token.word)
    return (this.#wordStart = this.length)
  }

  endWord(end: number, flags: number): void {
    this.length = end
    const keyword = (flags & meaning.keyword) !== 0
    if (keyword) this.#lowerWord()
    if ((flags & meaning.query) !== 0 && this.previous === token.open) this.#kinds[this.#depth - 1] = frame.plain
    this.previous = keyword ? ((flags & meaning.call) !== 0 ? token.call : token.keyword) : token.word
    this.previousMeaning = flags
    this.valueNext = (flags & meaning.operand) !== 0
  }

  /** Takes the last word back: it was part of a literal, or is one. */
  dropWord(): void {
    this.length = this.#wordSpace
    this.previous = this.beforeWord
  }

  /** The last word is an introducer (`_utf8mb4'…'`) or a type (`DATE '…'`) of the literal that follows. */
  get introduces(): boolean {
    return (this.previousMeaning & meaning.introducer) !== 0
  }

  #lowerWord(): void {
    for (let i = this.#wordStart; i < this.length; i++) this.bytes[i] = lower[this.bytes[i] ?? 0] ?? 0
  }

  /** A literal or a placeholder. A run of them in a list is one `...`. */
  value(kind: number): void {
    this.#settle()
    if (kind === token.string && this.previous === token.string) return
    const first = this.previous === token.open || this.previous === token.comma
    if (first && this.#inList()) {
      if (this.#foldEnd >= 0 && this.length === this.#foldEnd + 1) this.length = this.#foldEnd
      else {
        this.space(token.value)
        for (let i = 0; i < foldedLength; i++) this.bytes[this.length++] = ascii.dot
        this.#foldEnd = this.length
      }
    } else {
      this.space(token.value)
      this.bytes[this.length++] = ascii.question
    }
    this.spaced = false
    this.wrote(kind, false)
  }

  #inList(): boolean {
    return this.#depth > 0 && this.#depth <= maxDepth && this.#kinds[this.#depth - 1] !== frame.plain
  }

  open(): void {
    this.#settle()
    if ((this.previousMeaning & meaning.function) !== 0) this.#lowerWord()
    const kind = this.#openedKind()
    const start = kind === frame.laterRow ? this.#rowEnd : this.length
    this.space(token.open)
    if (this.#depth < maxDepth) {
      this.#kinds[this.#depth] = kind
      this.#starts[this.#depth] = start
      this.#parens[this.#depth] = this.length
    }
    this.#depth++
    this.bytes[this.length++] = ascii.open
    this.wrote(token.open, true)
  }

  #openedKind(): number {
    const element = this.previous === token.open || this.previous === token.comma
    if (this.previous === token.comma && this.length === this.#rowEnd + 1) return frame.laterRow
    if (element && this.#inList()) return frame.tuple
    if ((this.previousMeaning & meaning.values) !== 0) return frame.row
    return (this.previousMeaning & meaning.in) !== 0 ? frame.list : frame.plain
  }

  close(): void {
    this.#settle()
    const depth = this.#depth > 0 ? --this.#depth : -1
    const kind = depth >= 0 && depth < maxDepth ? (this.#kinds[depth] ?? frame.plain) : frame.plain
    const start = this.#starts[depth] ?? 0
    if (kind === frame.laterRow) {
      this.length = start
      this.#foldEnd = -1
      this.wrote(token.close, false)
      return
    }
    const folded = this.length === this.#foldEnd && this.length === (this.#parens[depth] ?? 0) + 1 + foldedLength
    if (kind === frame.tuple && folded) {
      this.length = start
      this.previous = this.bytes[start - 1] === ascii.open ? token.open : token.comma
      this.#foldEnd = this.#foldedBefore(start - 1) ? start - 1 : -1
      this.value(token.value)
      return
    }
    this.symbol(token.close, ascii.close, false)
    if (kind === frame.row) this.#rowEnd = this.length
  }

  /** The comma at `comma` follows a `...`. */
  #foldedBefore(comma: number): boolean {
    const bytes = this.bytes
    return bytes[comma] === ascii.comma && bytes[comma - 1] === ascii.dot && bytes[comma - 2] === ascii.dot
  }

  /** The text stopped: a row cut off is dropped, a list cut off is closed. @returns the length */
  end(): number {
    this.#semicolon = false
    for (let depth = 0; depth < Math.min(this.#depth, maxDepth); depth++) {
      if (this.#kinds[depth] !== frame.laterRow) continue
      this.#depth = depth
      this.length = this.#starts[depth] ?? 0
      this.#foldEnd = -1
    }
    while (this.#inList() && this.#foldEnd >= 0 && this.length <= this.#foldEnd + 1) {
      this.length = this.#foldEnd
      this.close()
    }
    return this.length
  }
}
