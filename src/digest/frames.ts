/** The open parentheses of a digest's text, and what each of them holds. */
import { equalBytes } from './repeats.ts'

/** `list` after IN, `row` after VALUES, `laterRow` after a row, `tuple` within these. */
export const frame = { plain: 0, list: 1, row: 2, laterRow: 3, tuple: 4 } as const

/** Parentheses deeper than this are copied, not folded. */
export const maxDepth = 64

/** Bytes between two elements: a comma and a space. */
const between = 2

export class Frames {
  depth = 0
  readonly #kinds = new Uint8Array(maxDepth)
  /** Where to return to when the parenthesis is folded away: before its space. */
  readonly #starts = new Int32Array(maxDepth)
  readonly #parens = new Int32Array(maxDepth)
  /** Where the element being written begins, and the one before it; −1 when there is none. */
  readonly #elements = new Int32Array(maxDepth)
  readonly #before = new Int32Array(maxDepth)

  /** Of the innermost parenthesis. */
  get kind(): number {
    return this.kindAt(this.depth - 1)
  }

  kindAt(depth: number): number {
    return depth >= 0 && depth < maxDepth ? (this.#kinds[depth] ?? frame.plain) : frame.plain
  }

  startAt(depth: number): number {
    return this.#starts[depth] ?? 0
  }

  parenAt(depth: number): number {
    return this.#parens[depth] ?? 0
  }

  /** @param paren where the parenthesis stands */
  open(kind: number, start: number, paren: number): void {
    const depth = this.depth++
    if (depth >= maxDepth) return
    this.#kinds[depth] = kind
    this.#starts[depth] = start
    this.#parens[depth] = paren
    this.#elements[depth] = paren + 1
    this.#before[depth] = -1
  }

  /** It is a query, or something else that is not a list of values. */
  makePlain(): void {
    if (this.depth > 0 && this.depth <= maxDepth) this.#kinds[this.depth - 1] = frame.plain
  }

  /** An element of the innermost list ends. @returns what to keep of the text: less, where it repeats the one before it */
  endElement(bytes: Uint8Array, end: number): number {
    const depth = this.depth - 1
    const start = this.#elements[depth] ?? 0
    if (end <= start) return end
    const before = this.#before[depth] ?? -1
    if (before >= 0 && start - between - before === end - start && equalBytes(bytes, before, start, end)) {
      return start - between
    }
    this.#before[depth] = start
    return end
  }

  /** @param comma where the comma behind the last element stands */
  beginElement(comma: number): void {
    if (this.depth <= maxDepth) this.#elements[this.depth - 1] = comma + between
  }

  /** @returns where the text without the innermost list's last element ends; undefined when there is only this one */
  beforeElement(): number | undefined {
    const depth = this.depth - 1
    const start = this.#elements[depth] ?? 0
    return start > this.parenAt(depth) + 1 ? start - between : undefined
  }
}
