/**
 * One pass over a statement: where it stands, and what becomes of that which a digest does not show: comments, values, and
 * what may be the rest of one.
 */
import { stringEnd } from './lexis.ts'
import { NormalText } from './normal-text.ts'
import { Secrets } from './secrets.ts'
import type { SqlParts } from './sql-parts.ts'
import { token } from './token.ts'
import { meaning } from './words.ts'

const nothing = new Uint8Array(0)

export class SqlPass {
  readonly normal = new NormalText()
  protected text: Uint8Array = nothing
  protected at = 0
  protected end = 0
  /** Bits of parsers/mysql/sql-mode.ts. */
  protected mode = 0
  protected readonly secrets = new Secrets()
  protected readonly parts: SqlParts | null

  /** @param parts hears of every value of the whole text, also where the digest ends earlier */
  constructor(parts: SqlParts | null = null) {
    this.parts = parts
  }

  protected comment(end: number): void {
    this.parts?.comment(this.at, end)
    this.normal.spaced = true
    this.at = end
  }

  /** A value that stands from `start` to `end`. */
  protected value(kind: number, start: number, end: number): void {
    this.at = end
    this.parts?.literal(start, end)
    if ((this.normal.previousMeaning & (kind === token.string ? meaning.introducer : meaning.charset)) !== 0) {
      this.normal.dropWord()
    }
    this.normal.value(kind)
  }

  /** What follows may be the rest of a value whose end was not where it seemed to be: nothing of it is written. */
  protected stop(): void {
    this.parts?.broken(this.at)
    this.at = this.end
    this.normal.value(token.string)
  }

  /** @param at the opening quote; what stands before it is part of the literal */
  protected string(at: number): void {
    this.value(token.string, this.at, stringEnd(this.text, at, this.end, this.mode))
  }
}
