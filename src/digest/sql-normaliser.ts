/**
 * SQL without its values, in one pass over the bytes and without a grammar, so that a cut or unknown statement has a
 * digest too. RULES.md beside this file tells the rules.
 */
import {
  ascii,
  blankEnd,
  byteAt,
  classOf,
  commentEnd,
  escapedDateEnd,
  isHint,
  isWordByte,
  lexeme,
  lineEnd,
  numberEnd,
  quotedNameEnd,
} from './lexis.ts'
import { writeHintBegin, writeHintEnd, writeOperator } from './operators.ts'
import { secretWords } from './secrets.ts'
import { sqlMode } from '../../parsers/mysql/sql-mode.ts'
import { SqlPass } from './sql-pass.ts'
import { token } from './token.ts'
import { hashStep, isPlainName, lookUp, meaning } from './words.ts'

const nothing = new Uint8Array(0)

export class SqlNormaliser extends SqlPass {
  /** Optimiser hints and version comments that are open. */
  #hints = 0

  /**
   * @param length how many bytes of `text` to read
   * @param mode bits of {@link sqlMode}
   * @param cut the statement goes on where `text` ends
   * @param prefix what the result begins with, its space included
   * @returns how many bytes of `normal` the result has
   */
  normalise(text: Uint8Array, length: number, mode = 0, cut = false, prefix: Uint8Array | null = null): number {
    this.text = text
    this.at = 0
    this.end = Math.min(length, text.length)
    this.mode = mode
    this.#hints = 0
    this.secrets.begin()
    const normal = this.normal
    normal.begin(prefix)
    while (this.at < this.end) {
      if (normal.full) {
        if (this.parts === null) break
        normal.discard()
      }
      this.#token()
    }
    this.text = nothing
    return normal.end(cut || normal.full)
  }

  #token(): void {
    const normal = this.normal
    const byte = this.text[this.at] ?? 0
    switch (classOf[byte]) {
      case lexeme.space:
        normal.spaced = true
        this.at++
        return
      case lexeme.letter:
        return this.#word(byte)
      case lexeme.digit:
        return this.#number()
      case lexeme.quote:
        if (byte === ascii.doubleQuote && (this.mode & sqlMode.ANSI_QUOTES) !== 0) return this.#quotedName()
        return this.string(this.at)
      case lexeme.backtick:
        return this.#quotedName()
      case lexeme.open:
        this.at++
        return normal.open()
      case lexeme.close:
        this.at++
        return normal.close()
      case lexeme.comma:
        this.at++
        return normal.comma()
      case lexeme.semicolon:
        this.at++
        this.secrets.begin()
        return normal.semicolon()
      case lexeme.placeholder:
        return this.value(token.value, this.at, this.at + 1)
      case lexeme.dot:
        return this.#dot()
      case lexeme.at:
        return this.#variable()
      case lexeme.sign:
        return this.#sign(byte)
      case lexeme.slash:
        return this.#slash()
      case lexeme.hash:
        return this.comment(lineEnd(this.text, this.at, this.end))
      case lexeme.star:
        return this.#star()
      default:
        return this.#operator(byte)
    }
  }

  #word(first: number): void {
    const text = this.text
    const low = first | 0x20
    const from = this.at
    if (byteAt(text, from + 1, this.end) === ascii.quote && (low === ascii.x || low === ascii.b || low === ascii.n)) {
      return this.string(from + 1)
    }
    const normal = this.normal
    const before = normal.previousMeaning
    const valuePlace = normal.valueNext
    const glued = !normal.spaced && normal.previous === token.string
    const start = normal.beginWord()
    const bytes = normal.bytes
    let at = from
    let length = start
    let hash = 0
    const stop = Math.min(this.end, at + bytes.length - start - 8)
    while (at < stop) {
      const byte = text[at] ?? 0
      if (!isWordByte(byte)) break
      bytes[length++] = byte
      hash = hashStep(hash, byte)
      at++
    }
    const previous = normal.beforeWord
    const part = previous === token.dot || previous === token.at
    let flags = part || byteAt(text, at, this.end) === ascii.dot ? 0 : lookUp(hash, bytes, start, length)
    if ((before & meaning.name) !== 0 && (flags & meaning.soft) !== 0) flags = 0
    if (flags === 0) {
      if (glued || classOf[byteAt(text, at, this.end)] === lexeme.quote || this.secrets.follow(previous, before)) {
        normal.dropWord()
        return this.stop()
      }
      if ((before & meaning.savepoint) !== 0) {
        normal.dropWord()
        return this.value(token.value, from, at)
      }
    }
    if ((flags & meaning.literal) !== 0 && valuePlace) {
      normal.dropWord()
      return this.value(token.value, from, at)
    }
    this.at = at
    if (previous === token.start) this.secrets.verb(flags)
    if ((flags & secretWords) !== 0) this.secrets.word(flags, before)
    normal.endWord(length, (flags & meaning.literal) !== 0 ? meaning.keyword : flags)
  }

  #number(): void {
    const normal = this.normal
    const name = normal.previous === token.dot || normal.previous === token.at
    const stop = name ? -1 : numberEnd(this.text, this.at, this.end)
    if (stop < 0) return this.#word(0)
    this.value(token.value, this.at, stop)
  }

  /** Quotes that a name does not need are dropped: ORMs write them, people do not. */
  #quotedName(): void {
    const text = this.text
    const normal = this.normal
    const stop = quotedNameEnd(text, this.at, this.end)
    if ((normal.previousMeaning & meaning.savepoint) !== 0) return this.value(token.value, this.at, stop)
    if (this.secrets.follow(normal.previous, normal.previousMeaning)) return this.stop()
    normal.beginWord()
    const plain = isPlainName(text, this.at, stop - 1)
    normal.copyName(text, plain ? this.at + 1 : this.at, plain ? stop - 1 : stop)
    this.at = stop
    normal.endWord(normal.length, 0)
  }

  #dot(): void {
    const normal = this.normal
    const next = byteAt(this.text, this.at + 1, this.end)
    if (next === ascii.dot && byteAt(this.text, this.at + 2, this.end) === ascii.dot) {
      return this.value(token.value, this.at, this.at + 3)
    }
    if (normal.valueNext && classOf[next] === lexeme.digit) return this.#number()
    this.at++
    normal.symbol(token.dot, ascii.dot, false)
  }

  #variable(): void {
    const normal = this.normal
    normal.symbol(token.at, ascii.at, false)
    this.at++
    if (byteAt(this.text, this.at, this.end) !== ascii.at) return
    normal.symbol(token.at, ascii.at, false)
    this.at++
  }

  #sign(byte: number): void {
    const normal = this.normal
    const text = this.text
    const next = byteAt(text, this.at + 1, this.end)
    if (byte === ascii.minus && next === ascii.minus) {
      const third = byteAt(text, this.at + 2, this.end)
      if (classOf[third] === lexeme.space) return this.comment(lineEnd(text, this.at, this.end))
    }
    if (!normal.valueNext) return this.#operator(byte)
    const at = blankEnd(text, this.at + 1, this.end)
    const digit = byteAt(text, byteAt(text, at, this.end) === ascii.dot ? at + 1 : at, this.end)
    const stop = classOf[digit] === lexeme.digit ? numberEnd(text, at, this.end) : -1
    if (stop >= 0) return this.value(token.value, this.at, stop)
    this.at++
    normal.symbol(token.unary, byte, true)
  }

  /** Hints and version comments stay, every other comment is white space. */
  #slash(): void {
    const text = this.text
    if (byteAt(text, this.at + 1, this.end) !== ascii.star) return this.#operator(ascii.slash)
    if (!isHint(text, this.at, this.end)) return this.comment(commentEnd(text, this.at, this.end))
    this.at = writeHintBegin(this.normal, text, this.at, this.end)
    this.#hints++
  }

  #star(): void {
    if (this.#hints === 0 || byteAt(this.text, this.at + 1, this.end) !== ascii.slash) return this.#operator(ascii.star)
    this.at = writeHintEnd(this.normal, this.text, this.at)
    this.#hints--
  }

  #operator(byte: number): void {
    const text = this.text
    if (byte === ascii.backslash && (byteAt(text, this.at + 1, this.end) | 0x20) === ascii.n) {
      return this.value(token.value, this.at, this.at + 2)
    }
    if (byte === ascii.openBrace) {
      const stop = escapedDateEnd(text, this.at, this.end, this.mode)
      if (stop > 0) return this.value(token.value, this.at, stop)
    }
    // a URL outside a string: its user and password may follow
    const slashes =
      byteAt(text, this.at + 1, this.end) === ascii.slash && byteAt(text, this.at + 2, this.end) === ascii.slash
    if (byte === ascii.colon && slashes) return this.stop()
    this.at = writeOperator(this.normal, text, this.at, this.end)
  }
}
