/**
 * The text of a digest while it grows: it writes `?` for a value, and folds lists and repeats as they come, so that a list
 * of a million values never needs more room than one.
 */
import { FoldMarks, foldedLength, followsFold } from './fold-marks.ts'
import { Frames, frame, maxDepth } from './frames.ts'
import { ascii } from './lexis.ts'
import { Parts, partWords } from './parts.ts'
import { Repeats } from './repeats.ts'
import { token } from './token.ts'
import { TokenText } from './token-text.ts'
import { lowerCase, meaning } from './words.ts'

export class NormalText extends TokenText {
  #meaningBeforeWord = 0
  #prefix = 0
  #semicolon = false
  #wordStart = 0
  #wordSpace = 0
  readonly #frames = new Frames()
  readonly #parts = new Parts()
  readonly #statements = new Repeats(1)
  readonly #marks = new FoldMarks()

  /** @param prefix what the text begins with, its space included */
  begin(prefix: Uint8Array | null): void {
    if (prefix !== null) this.bytes.set(prefix)
    this.#prefix = prefix === null ? 0 : prefix.length
    this.#statements.begin()
    this.#semicolon = false
    this.spaced = false
    this.valueNext = true
    this.previous = token.start
    this.previousMeaning = 0
    this.discard()
  }

  /** What was written is not wanted; what it means for the next token is. */
  discard(): void {
    this.length = this.#prefix
    this.#frames.depth = 0
    this.#marks.clear()
    this.#parts.begin()
  }

  override space(next: number): void {
    this.#settle()
    super.space(next)
  }

  /** Writes the semicolon that was waiting for a statement to follow. */
  #settle(): void {
    if (!this.#semicolon) return
    this.#semicolon = false
    if (this.length === this.#prefix) return
    this.#endParts()
    this.#keep(this.#statements.next(this.bytes, 0, this.length))
    this.#frames.depth = 0
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

  comma(): void {
    this.#settle()
    const { depth, kind } = this.#frames
    this.#keep(this.#parts.atComma(this.bytes, depth, this.length))
    if (kind === frame.list) {
      this.#keep(this.#frames.endElement(this.bytes, this.length))
      this.#frames.beginElement(this.length)
    }
    this.symbol(token.comma, ascii.comma, true)
  }

  /** Remembers where a word starts, since what follows may fold it or take it back. @returns where its bytes go */
  beginWord(): number {
    this.#settle()
    this.#wordSpace = this.length
    this.beforeWord = this.previous
    this.#meaningBeforeWord = this.previousMeaning
    this.space(token.word)
    return (this.#wordStart = this.length)
  }

  endWord(end: number, flags: number): void {
    this.length = end
    const keyword = (flags & meaning.keyword) !== 0
    if (keyword) lowerCase(this.bytes, this.#wordStart, this.length)
    if ((flags & meaning.query) !== 0 && this.previous === token.open) this.#frames.makePlain()
    if ((flags & partWords) !== 0) this.#atPartWord(flags)
    this.previous = keyword ? ((flags & meaning.call) !== 0 ? token.call : token.keyword) : token.word
    this.previousMeaning = flags
    this.valueNext = (flags & meaning.operand) !== 0
  }

  /** Takes the last word back: it was part of a literal, or is one. */
  dropWord(): void {
    this.length = this.#wordSpace
    this.previous = this.beforeWord
    this.previousMeaning = this.#meaningBeforeWord
  }

  /** What stands before the last word may be a repeat. */
  #atPartWord(flags: number): void {
    const end = this.#wordSpace
    const kept = this.#parts.atWord(flags, this.bytes, this.#frames.depth, end)
    if (kept === end) return
    this.bytes.copyWithin(kept, end, this.length)
    this.#keep(this.length - (end - kept))
  }

  #endParts(cut = false): void {
    this.#keep(this.#parts.end(this.bytes, this.#frames.depth, this.length, cut))
  }

  #keep(length: number): void {
    if (length === this.length) return
    this.length = length
    this.#marks.keep(length)
  }

  /** A literal or a placeholder. A run of them in a list is one `...`. */
  value(kind: number): void {
    this.#settle()
    if (kind === token.string && this.previous === token.string) return
    const limit = (this.previousMeaning & meaning.limit) !== 0
    const first = this.previous === token.open || this.previous === token.comma
    if (this.#isOffset()) this.length = this.#marks.limitEnd
    else if (first && this.#frames.kind !== frame.plain) this.#fold()
    else {
      this.space(token.value)
      this.bytes[this.length++] = ascii.question
    }
    if (limit) this.#marks.limitEnd = this.length
    this.spaced = false
    this.wrote(kind, false)
  }

  /** Another element of a list of which nothing need stay. */
  #fold(): void {
    if (this.#marks.foldEnd >= 0 && this.length === this.#marks.foldEnd + 1) {
      this.length = this.#marks.foldEnd
      return
    }
    this.space(token.value)
    for (let i = 0; i < foldedLength; i++) this.bytes[this.length++] = ascii.dot
    this.#marks.foldEnd = this.length
  }

  /** The second value of `limit ?, ?` or `limit ? offset ?`. */
  #isOffset(): boolean {
    if (this.#marks.limitEnd < 0) return false
    if ((this.previousMeaning & meaning.offset) !== 0) return this.#wordSpace === this.#marks.limitEnd
    return this.previous === token.comma && this.length === this.#marks.limitEnd + 1
  }

  open(): void {
    this.#settle()
    if ((this.previousMeaning & meaning.function) !== 0) lowerCase(this.bytes, this.#wordStart, this.length)
    const kind = this.#openedKind()
    const start = kind === frame.laterRow ? this.#marks.rowEnd : this.length
    this.space(token.open)
    this.#frames.open(kind, start, this.length)
    this.bytes[this.length++] = ascii.open
    this.wrote(token.open, true)
  }

  #openedKind(): number {
    const rowWord = (this.previousMeaning & meaning.row) !== 0
    const previous = rowWord ? this.beforeWord : this.previous
    const at = rowWord ? this.#wordSpace : this.length
    if (previous === token.comma && at === this.#marks.rowEnd + 1) return frame.laterRow
    if ((previous === token.open || previous === token.comma) && this.#frames.kind !== frame.plain) return frame.tuple
    const before = rowWord ? this.#meaningBeforeWord : this.previousMeaning
    if ((before & meaning.values) !== 0) return frame.row
    return (before & meaning.in) !== 0 ? frame.list : frame.plain
  }

  close(): void {
    this.#settle()
    const frames = this.#frames
    this.#endParts()
    const depth = frames.depth - 1
    const kind = frames.kind
    if (kind === frame.list) this.#keep(frames.endElement(this.bytes, this.length))
    frames.depth = Math.max(0, depth)
    const start = frames.startAt(depth)
    if (kind === frame.laterRow) {
      this.#keep(start)
      return this.wrote(token.close, false)
    }
    const folded = this.length === this.#marks.foldEnd && this.length === frames.parenAt(depth) + 1 + foldedLength
    if (kind === frame.tuple && folded) {
      this.length = start
      this.previous = this.bytes[start - 1] === ascii.open ? token.open : token.comma
      this.#marks.foldEnd = followsFold(this.bytes, start - 1) ? start - 1 : -1
      return this.value(token.value)
    }
    this.symbol(token.close, ascii.close, false)
    if (kind === frame.row) this.#marks.rowEnd = this.length
  }

  /**
   * The text is over. A row cut off is dropped; a list cut off is closed without its last element, unless it is the only one.
   * @param cut the statement goes on, so that its last part may be the beginning of one
   * @returns the length
   */
  end(cut: boolean): number {
    this.#semicolon = false
    const frames = this.#frames
    const depths = Math.min(frames.depth, maxDepth)
    for (let depth = 0; depth < depths; depth++) {
      const kind = frames.kindAt(depth)
      if (kind !== frame.laterRow && kind !== frame.list) continue
      frames.depth = depth + 1
      const kept = kind === frame.laterRow ? frames.startAt(depth) : frames.beforeElement()
      if (kept === undefined) {
        frames.depth = depths
        continue
      }
      this.#keep(Math.min(this.length, kept))
      if (kind === frame.list) this.close()
      else frames.depth = depth
      break
    }
    while (frames.kind !== frame.plain && this.#marks.foldEnd >= 0 && this.length <= this.#marks.foldEnd + 1) {
      this.length = this.#marks.foldEnd
      this.close()
    }
    if (this.#marks.limitEnd >= 0 && this.length === this.#marks.limitEnd + 1) this.length = this.#marks.limitEnd
    this.#endParts(cut)
    if (frames.depth === 0) this.#keep(this.#statements.end(this.bytes, 0, this.length, cut))
    return this.length
  }
}
