/**
 * The short way from a statement to its digest: the bytes are hashed with numbers and strings left out, and a statement
 * whose hash was met before has the digest that was found then. Equal shapes have equal normal texts; the reverse is not
 * so (case, spaces and lists make more shapes than digests), and a statement with a hint has no shape at all.
 */
import type { Digest } from './digest-table.ts'
import {
  ascii,
  byteAt,
  classOf,
  commentEnd,
  isHint,
  isWordByte,
  lexeme,
  numberEnd,
  quotedNameEnd,
  stringEnd,
} from './lexis.ts'
import { sqlMode } from '../../parsers/mysql/sql-mode.ts'

/** Longer statements rarely repeat their shape (bulk inserts), so looking for it would only cost. */
const maxShapeBytes = 2048
const slotCount = 32_768

const role = { plain: 0, digit: 1, special: 2 } as const

const roleOf = classOf.map((each, byte) => {
  if (each === lexeme.digit) return role.digit
  const special = each === lexeme.quote || each === lexeme.backtick || each === lexeme.slash || each === lexeme.hash
  return special || byte === ascii.minus ? role.special : role.plain
})

/** What is hashed in place of a token; of a string, with its quote added, for `x'00'` and `x"00"` are not alike. No byte has these values. */
const stand = { number: 0x10000, comment: 0x10001, string: 0x20000 } as const

export class ShapeCache {
  readonly #highs = new Int32Array(slotCount)
  readonly #lows = new Int32Array(slotCount)
  readonly #digests: (Digest | null)[] = Array.from({ length: slotCount }, () => null)
  #high = 0
  #low = 0

  /** @returns the digest of this shape; undefined when it is new, or null when the statement has no shape */
  find(text: Uint8Array, length: number, mode: number): Digest | undefined | null {
    if (length > maxShapeBytes || !this.#hash(text, length, mode)) return null
    const slot = this.#low & (slotCount - 1)
    if (this.#highs[slot] !== this.#high || this.#lows[slot] !== this.#low) return undefined
    return this.#digests[slot] ?? undefined
  }

  /** Takes the digest of the statement that {@link find} did not know. */
  remember(digest: Digest): void {
    const slot = this.#low & (slotCount - 1)
    this.#highs[slot] = this.#high
    this.#lows[slot] = this.#low
    this.#digests[slot] = digest
  }

  #hash(text: Uint8Array, length: number, mode: number): boolean {
    const ansiQuotes = (mode & sqlMode.ANSI_QUOTES) !== 0
    this.#high = 0x2c1b3c6d + mode
    this.#low = 0
    for (let at = this.#mixPlain(text, 0, length); at < length; at = this.#mixPlain(text, at, length)) {
      const first = text[at] ?? 0
      if (roleOf[first] === role.digit) {
        const end = startsNumber(text, at) ? numberEnd(text, at, length) : -1
        this.#mix(end < 0 ? first : stand.number)
        at = end < 0 ? at + 1 : end
      } else if (first === ascii.backtick || (ansiQuotes && first === ascii.doubleQuote)) {
        const end = quotedNameEnd(text, at, length)
        if (end === at + 1 || text[end - 1] !== first) return false
        for (; at < end; at++) this.#mix(text[at] ?? 0)
      } else {
        const end = specialEnd(text, at, length, mode)
        if (end < 0) return false
        const isAlone = end === at + 1
        this.#mix(isAlone ? first : classOf[first] === lexeme.quote ? stand.string + first : stand.comment)
        at = end
      }
    }
    this.#high = Math.imul(this.#high ^ (this.#high >>> 15), 0x7feb352d)
    this.#low = Math.imul(this.#low ^ (this.#low >>> 16), 0x45d9f3b5) ^ (this.#low >>> 13)
    return true
  }

  /** Four bytes at a step, as long as these are plain. @returns where they end */
  #mixPlain(text: Uint8Array, start: number, end: number): number {
    let high = this.#high
    let low = this.#low
    let at = start
    while (at < end) {
      let value = text[at] ?? 0
      if (roleOf[value] !== role.plain) break
      at++
      if (at + 2 < end) {
        const second = text[at] ?? 0
        const third = text[at + 1] ?? 0
        const fourth = text[at + 2] ?? 0
        if (((roleOf[second] ?? 0) | (roleOf[third] ?? 0) | (roleOf[fourth] ?? 0)) === role.plain) {
          value |= (second << 8) | (third << 16) | (fourth << 24)
          at += 3
        }
      }
      high = Math.imul(high ^ value, 0x85ebca6b)
      high ^= high >>> 15
      low = Math.imul(((low << 13) | (low >>> 19)) ^ value, 0xc2b2ae35)
    }
    this.#high = high
    this.#low = low
    return at
  }

  /** What is not plain: by other factors, so that no four bytes have the same part in the sum. */
  #mix(value: number): void {
    this.#high = Math.imul(this.#high ^ value, 0x9e3779b1)
    this.#high ^= this.#high >>> 13
    this.#low = Math.imul(((this.#low << 11) | (this.#low >>> 21)) ^ value, 0x27d4eb2f)
  }
}

/** A digit after a dot or an at sign, or inside a word, belongs to a name; where a comment may hide these, it is taken for one. */
function startsNumber(text: Uint8Array, at: number): boolean {
  let before = at - 1
  if (before >= 0 && isWordByte(text[before] ?? 0)) return false
  while (before >= 0 && classOf[text[before] ?? 0] === lexeme.space) before--
  const byte = before < 0 ? 0 : text[before]
  return byte !== ascii.dot && byte !== ascii.at && byte !== ascii.slash
}

/** @returns after the string or comment at `at`, or after the byte where it is neither; −1 where there is no shape */
function specialEnd(text: Uint8Array, at: number, end: number, mode: number): number {
  const byte = text[at]
  const following = byteAt(text, at + 1, end)
  if (byte === ascii.slash)
    return following !== ascii.star ? at + 1 : isHint(text, at, end) ? -1 : commentEnd(text, at, end)
  if (byte === ascii.minus) return following === ascii.minus ? -1 : at + 1
  return classOf[byte ?? 0] === lexeme.hash ? -1 : stringEnd(text, at, end, mode)
}
