/**
 * SQL without its values, in one pass over the bytes and without a grammar, so that a cut or unknown statement has a
 * digest too. The rules are the table of test/digest/sql-digest.test.ts.
 */
import {
  ascii,
  blankEnd,
  byteAt,
  classOf,
  commentEnd,
  isHint,
  isWordByte,
  lexeme,
  lineEnd,
  numberEnd,
  operatorLength,
  quotedNameEnd,
  stringEnd,
} from './lexis.ts'
import { NormalText } from './normal-text.ts'
import { token } from './token.ts'
import { hashStep, isPlainName, lookUp, meaning } from './words.ts'

const nothing = new Uint8Array(0)

export class SqlNormaliser {
  readonly normal = new NormalText()
  #text: Uint8Array = nothing
  #at = 0
  #end = 0
  /** Optimiser hints and version comments that are open. */
  #hints = 0

  /**
   * @param length how many bytes of `text` to read
   * @param prefix what the result begins with, its space included
   * @returns how many bytes of `normal` the result has
   */
  normalise(text: Uint8Array, length: number, prefix: Uint8Array | null = null): number {
    this.#text = text
    this.#at = 0
    this.#end = Math.min(length, text.length)
    this.#hints = 0
    const normal = this.normal
    normal.begin(prefix)
    while (this.#at < this.#end && !normal.full) this.#token()
    this.#text = nothing
    return normal.end()
  }

  #token(): void {
    const normal = this.normal
    const byte = this.#text[this.#at] ?? 0
    switch (classOf[byte]) {
      case lexeme.space:
        normal.spaced = true
        this.#at++
        return
      case lexeme.letter:
        return this.#word(byte)
      case lexeme.digit:
        return this.#number()
      case lexeme.quote:
        return this.#string(this.#at)
      case lexeme.backtick:
        return this.#quotedName()
      case lexeme.open:
        this.#at++
        return normal.open()
      case lexeme.close:
        this.#at++
        return normal.close()
      case lexeme.comma:
        this.#at++
        return normal.symbol(token.comma, byte, true)
      case lexeme.semicolon:
        this.#at++
        return normal.semicolon()
      case lexeme.placeholder:
        this.#at++
        return normal.value(token.value)
      case lexeme.dot:
        return this.#dot()
      case lexeme.at:
        return this.#variable()
      case lexeme.sign:
        return this.#sign(byte)
      case lexeme.slash:
        return this.#slash()
      case lexeme.hash:
        normal.spaced = true
        this.#at = lineEnd(this.#text, this.#at, this.#end)
        return
      case lexeme.star:
        if (this.#hints > 0 && byteAt(this.#text, this.#at + 1, this.#end) === ascii.slash) return this.#hintEnd()
        return this.#operator(byte)
      default:
        return this.#operator(byte)
    }
  }

  #word(first: number): void {
    const text = this.#text
    const low = first | 0x20
    if (
      byteAt(text, this.#at + 1, this.#end) === ascii.quote &&
      (low === ascii.x || low === ascii.b || low === ascii.n)
    ) {
      return this.#string(this.#at + 1)
    }
    const normal = this.normal
    const naming = normal.previousMeaning & meaning.name
    const valuePlace = normal.valueNext
    const start = normal.beginWord()
    const bytes = normal.bytes
    let at = this.#at
    let length = start
    let hash = 0
    const stop = Math.min(this.#end, at + bytes.length - start - 8)
    while (at < stop) {
      const byte = text[at] ?? 0
      if (!isWordByte(byte)) break
      bytes[length++] = byte
      hash = hashStep(hash, byte)
      at++
    }
    this.#at = at
    const part = normal.beforeWord === token.dot || normal.beforeWord === token.at
    let flags = part || byteAt(text, at, this.#end) === ascii.dot ? 0 : lookUp(hash, bytes, start, length)
    if (naming !== 0 && (flags & meaning.soft) !== 0) flags = 0
    if ((flags & meaning.literal) !== 0 && valuePlace) {
      normal.dropWord()
      return normal.value(token.value)
    }
    normal.endWord(length, (flags & meaning.literal) !== 0 ? meaning.keyword : flags)
  }

  #number(): void {
    const normal = this.normal
    const stop = normal.previous === token.dot ? -1 : numberEnd(this.#text, this.#at, this.#end)
    if (stop < 0) return this.#word(0)
    this.#at = stop
    normal.value(token.value)
  }

  /** @param at the opening quote; what stands before it is part of the literal */
  #string(at: number): void {
    const normal = this.normal
    this.#at = stringEnd(this.#text, at, this.#end)
    if (normal.introduces) normal.dropWord()
    normal.value(token.string)
  }

  /** Quotes that a name does not need are dropped: ORMs write them, people do not. */
  #quotedName(): void {
    const text = this.#text
    const normal = this.normal
    const stop = quotedNameEnd(text, this.#at, this.#end)
    normal.beginWord()
    const plain = isPlainName(text, this.#at + 1, stop - 1)
    normal.copy(text, plain ? this.#at + 1 : this.#at, plain ? stop - 1 : stop)
    this.#at = stop
    normal.endWord(normal.length, 0)
  }

  #dot(): void {
    const normal = this.normal
    const next = byteAt(this.#text, this.#at + 1, this.#end)
    if (next === ascii.dot && byteAt(this.#text, this.#at + 2, this.#end) === ascii.dot) {
      this.#at += 3
      return normal.value(token.value)
    }
    if (normal.valueNext && classOf[next] === lexeme.digit) return this.#number()
    this.#at++
    normal.symbol(token.dot, ascii.dot, false)
  }

  #variable(): void {
    const normal = this.normal
    normal.symbol(token.at, ascii.at, false)
    this.#at++
    if (byteAt(this.#text, this.#at, this.#end) !== ascii.at) return
    normal.symbol(token.at, ascii.at, false)
    this.#at++
  }

  #sign(byte: number): void {
    const normal = this.normal
    const text = this.#text
    const next = byteAt(text, this.#at + 1, this.#end)
    if (byte === ascii.minus && next === ascii.minus) {
      const third = byteAt(text, this.#at + 2, this.#end)
      if (classOf[third] === lexeme.space) {
        normal.spaced = true
        this.#at = lineEnd(text, this.#at, this.#end)
        return
      }
    }
    if (!normal.valueNext) return this.#operator(byte)
    const at = blankEnd(text, this.#at + 1, this.#end)
    const digit = byteAt(text, byteAt(text, at, this.#end) === ascii.dot ? at + 1 : at, this.#end)
    this.#at++
    if (classOf[digit] === lexeme.digit) return
    normal.symbol(token.unary, byte, true)
  }

  /** Hints and version comments stay, every other comment is white space. */
  #slash(): void {
    const text = this.#text
    if (byteAt(text, this.#at + 1, this.#end) !== ascii.star) return this.#operator(ascii.slash)
    if (!isHint(text, this.#at, this.#end)) {
      this.normal.spaced = true
      this.#at = commentEnd(text, this.#at, this.#end)
      return
    }
    let stop = this.#at + 3
    while (
      byteAt(text, stop, this.#end) === ascii.exclamation ||
      classOf[byteAt(text, stop, this.#end)] === lexeme.digit
    )
      stop++
    this.normal.space(token.operator)
    this.normal.copy(text, this.#at, stop)
    this.normal.wrote(token.operator, true)
    this.#at = stop
    this.#hints++
  }

  #hintEnd(): void {
    this.normal.space(token.operator)
    this.normal.copy(this.#text, this.#at, this.#at + 2)
    this.normal.wrote(token.operator, true)
    this.#at += 2
    this.#hints--
  }

  #operator(byte: number): void {
    const normal = this.normal
    const length = operatorLength(this.#text, this.#at, this.#end)
    const unary = normal.valueNext && length === 1 && (byte === ascii.tilde || byte === ascii.exclamation)
    normal.space(unary ? token.unary : token.operator)
    normal.copy(this.#text, this.#at, this.#at + length)
    normal.wrote(unary ? token.unary : token.operator, true)
    this.#at += length
  }
}
