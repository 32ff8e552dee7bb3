/**
 * SQL as it was written, with `?` in place of each value: what the digest takes for a value, also within comments. The
 * comments' tags are read on the way.
 */
import { SqlNormaliser } from '../digest/sql-normaliser.ts'
import type { SqlParts } from '../digest/sql-parts.ts'
import { type Tags, tagsOf } from '../digest/tags.ts'

const decoder = new TextDecoder()
const placeholder = '?'

/** A string in a comment, closed or not, or a word that begins with a digit. */
const commentLiteral = /'(?:[^'\\]|\\.)*'?|"(?:[^"\\]|\\.)*"?|(?<![\w$.])[-+]?\.?\d[\w.:-]*/gs

export class SqlReader implements SqlParts {
  /** Of the statement read last. */
  tags: Tags | null = null
  redacted = ''
  readonly #normaliser = new SqlNormaliser(this)
  #text: Uint8Array = new Uint8Array(0)
  /** Up to here the text was taken over. */
  #at = 0

  /** @param mode bits of `sqlMode` */
  read(text: Uint8Array, mode: number): void {
    this.#text = text
    this.#at = 0
    this.redacted = ''
    this.tags = null
    this.#normaliser.normalise(text, text.length, mode)
    this.#takeTo(text.length)
    this.#text = new Uint8Array(0)
  }

  literal(start: number, end: number): void {
    this.#takeTo(start)
    this.redacted += placeholder
    this.#at = end
  }

  comment(start: number, end: number): void {
    this.#takeTo(start)
    const comment = decoder.decode(this.#text.subarray(start, end))
    const tags = tagsOf(comment)
    if (tags !== null) this.tags = { ...this.tags, ...tags }
    const close = comment.startsWith('/*') && comment.endsWith('*/') ? '*/' : ''
    const content = comment.slice(0, comment.length - close.length)
    this.redacted += content.replaceAll(commentLiteral, placeholder) + close
    this.#at = end
  }

  broken(start: number): void {
    this.#takeTo(start)
    if (!this.redacted.endsWith(placeholder)) this.redacted += placeholder
    this.#at = this.#text.length
  }

  #takeTo(end: number): void {
    if (end > this.#at) this.redacted += decoder.decode(this.#text.subarray(this.#at, end))
    this.#at = Math.max(this.#at, end)
  }
}
