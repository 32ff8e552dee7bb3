/** The growing parts of one statement: which word ends one, and which repeats of them are given up. */
import { maxDepth } from './frames.ts'
import { Repeats } from './repeats.ts'
import { meaning } from './words.ts'

/** Words that end a part, or begin one. */
export const partWords = meaning.or | meaning.clause | meaning.when | meaning.caseEnd | meaning.union | meaning.unionEnd

export class Parts {
  readonly #unions = new Repeats(maxDepth + 1)
  readonly #alternatives = new Repeats(maxDepth + 1)
  readonly #branches = new Repeats(maxDepth + 1)

  begin(): void {
    this.#unions.begin()
    this.#alternatives.begin()
    this.#branches.begin()
  }

  /** A word with these meanings follows at `end`. @returns what to keep of the text before it */
  atWord(flags: number, bytes: Uint8Array, depth: number, end: number): number {
    if (depth > maxDepth) return end
    if ((flags & meaning.or) !== 0) return this.#alternatives.next(bytes, depth, end)
    let kept = this.#alternatives.end(bytes, depth, end)
    if ((flags & meaning.when) !== 0) kept = this.#branches.next(bytes, depth, kept)
    if ((flags & meaning.caseEnd) !== 0) kept = this.#branches.end(bytes, depth, kept)
    if ((flags & meaning.union) !== 0) kept = this.#unions.next(bytes, depth, kept)
    if ((flags & meaning.unionEnd) !== 0) kept = this.#unions.end(bytes, depth, kept)
    return kept
  }

  /** A comma follows at `end`. @returns what to keep of the text before it */
  atComma(bytes: Uint8Array, depth: number, end: number): number {
    return this.#alternatives.end(bytes, depth, end)
  }

  /** The parenthesis, the statement or the text ends. @param cut in the middle of a part. @returns what to keep */
  end(bytes: Uint8Array, depth: number, end: number, cut = false): number {
    let kept = this.#alternatives.end(bytes, depth, end, cut)
    kept = this.#branches.end(bytes, depth, kept, cut)
    return this.#unions.end(bytes, depth, kept, cut)
  }
}
