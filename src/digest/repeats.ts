/**
 * Parts of a digest's text that follow one another and are alike: arms of a UNION, operands of an OR, branches of a CASE,
 * statements. Each begins with its separator; one that is the same bytes as the one before it is given up.
 */

const none = -1

export class Repeats {
  /** Where the part being written begins, and the one before it, by the depth of parentheses. */
  readonly #last: Int32Array
  readonly #before: Int32Array
  #used = false

  constructor(depths: number) {
    this.#last = new Int32Array(depths).fill(none)
    this.#before = new Int32Array(depths).fill(none)
  }

  begin(): void {
    if (!this.#used) return
    this.#last.fill(none)
    this.#before.fill(none)
    this.#used = false
  }

  /** A part ends at `end`, and another begins there. @returns where it begins: earlier, when the part that ended was given up */
  next(bytes: Uint8Array, depth: number, end: number): number {
    const last = this.#last[depth] ?? none
    if (this.#isRepeat(bytes, depth, end)) return last
    this.#before[depth] = last
    this.#last[depth] = end
    this.#used = true
    return end
  }

  /**
   * The last part ends at `end`.
   * @param cut the text stops here, so that its last part may be the beginning of one
   * @returns what to keep of the text
   */
  end(bytes: Uint8Array, depth: number, end: number, cut = false): number {
    if (!this.#used) return end
    const last = this.#last[depth] ?? none
    if (last === none) return end
    const repeat = this.#isRepeat(bytes, depth, end) || (cut && this.#isBeginning(bytes, depth, end))
    this.#last[depth] = this.#before[depth] = none
    return repeat ? last : end
  }

  #isRepeat(bytes: Uint8Array, depth: number, end: number): boolean {
    const last = this.#last[depth] ?? none
    return end - last === last - (this.#before[depth] ?? none) && this.#isBeginning(bytes, depth, end)
  }

  #isBeginning(bytes: Uint8Array, depth: number, end: number): boolean {
    const last = this.#last[depth] ?? none
    const before = this.#before[depth] ?? none
    return before !== none && end - last <= last - before && equalBytes(bytes, before, last, end)
  }
}

/** @returns from `one` on stands what stands between `other` and `end` */
export function equalBytes(bytes: Uint8Array, one: number, other: number, end: number): boolean {
  while (other < end) if (bytes[one++] !== bytes[other++]) return false
  return true
}
