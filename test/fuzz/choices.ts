/**
 * The decisions that make up a generated case, drawn from a seed and written down. The same list makes the same case
 * again, and a shorter list of smaller numbers a plainer one: that is how a failing case shrinks, whatever it is.
 */

export class Choices {
  /** Drawn so far. */
  readonly drawn: number[] = []
  readonly #given: readonly number[] | undefined
  #state: number

  /** @param from a seed, or what was drawn before; behind its end everything is 0 */
  constructor(from: number | readonly number[]) {
    this.#given = typeof from === 'number' ? undefined : from
    this.#state = typeof from === 'number' ? from : 0
  }

  /** 0 to `limit` − 1; 0 should be the plainest. */
  below(limit: number): number {
    const value = this.#given === undefined ? this.#random(limit) : this.#again(limit)
    this.drawn.push(value)
    return value
  }

  #again(limit: number): number {
    return Math.min(this.#given?.[this.drawn.length] ?? 0, limit - 1)
  }

  /** mulberry32. */
  #random(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
  }

  between(least: number, most: number): number {
    return least + this.below(most - least + 1)
  }

  /** True one time in `times`. */
  oneIn(times: number): boolean {
    return this.below(times) === times - 1
  }

  /** The first is the plainest. */
  pick<Value>(...values: [Value, ...Value[]]): Value {
    return values[this.below(values.length)] ?? values[0]
  }

  many<Value>(least: number, most: number, make: () => Value): Value[] {
    return Array.from({ length: this.between(least, most) }, make)
  }

  /** Of any kind, but some more often than others: 0, 255, and what is small. */
  byte(): number {
    const drawn = this.below(512)
    return drawn < 256 ? drawn : drawn < 384 ? drawn & 15 : drawn < 448 ? 255 : 0
  }

  bytes(most: number): Uint8Array {
    const bytes = new Uint8Array(this.below(most + 1))
    for (let i = 0; i < bytes.length; i++) bytes[i] = this.byte()
    return bytes
  }

  /** Letters, now and then with a quote and characters of two and four bytes. */
  text(least: number, most: number): string {
    const length = this.between(least, most)
    const first = this.below(letters.length)
    const plain = letters.slice(first).padEnd(length, letters).slice(0, length)
    return length >= 4 && this.oneIn(8) ? `${plain.slice(4)}'é😀` : plain
  }
}

const letters = 'abcdefghijklmnopqrstuvwxyz'

/** Lists a little plainer than this one: parts left out, then numbers made smaller. Zeros at the end count for nothing. */
export function* plainer(drawn: readonly number[]): Generator<number[]> {
  const end = drawn.findLastIndex((value) => value !== 0) + 1
  const list = drawn.slice(0, end)
  for (let length = end; length >= 1; length >>= 1) {
    for (let from = end - length; from >= 0; from -= length) {
      yield [...list.slice(0, from), ...list.slice(from + length)]
    }
  }
  for (const [i, value] of list.entries()) {
    for (const smaller of new Set([0, value >> 1, value - 1])) {
      if (smaller >= 0 && smaller < value) yield list.with(i, smaller)
    }
  }
}
