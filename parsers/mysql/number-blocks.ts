/**
 * Memory for many lists of whole numbers, shared by them: a list grows by blocks of one size, which are cut from large
 * pages, and copies nothing; a block that is given back goes to the next one that asks.
 */

/** Of 16 bits each. */
export const numbersPerBlock = 64
const bytesPerBlock = numbersPerBlock * Uint16Array.BYTES_PER_ELEMENT
const blocksPerPage = 512

export class NumberBlocks {
  readonly #most: number
  readonly #pages: Uint16Array[] = []
  readonly #free: number[] = []
  /** All below have been given out once. */
  #next = 0

  /** @param maxBytes of all blocks together */
  constructor(maxBytes: number) {
    this.#most = Math.floor(maxBytes / bytesPerBlock)
  }

  /** Bytes given out. */
  get bytes(): number {
    return (this.#next - this.#free.length) * bytesPerBlock
  }

  /** @returns a block of zeros; undefined where the limit is reached */
  take(): number | undefined {
    const used = this.#free.pop()
    if (used !== undefined) {
      const from = beginning(used)
      this.#pageOf(used)?.fill(0, from, from + numbersPerBlock)
      return used
    }
    if (this.#next === this.#most) return undefined
    if (this.#next === this.#pages.length * blocksPerPage) {
      this.#pages.push(new Uint16Array(blocksPerPage * numbersPerBlock))
    }
    return this.#next++
  }

  giveBack(block: number): void {
    this.#free.push(block)
  }

  read(block: number, index: number): number {
    return this.#pageOf(block)?.[beginning(block) + index] ?? 0
  }

  write(block: number, index: number, number: number): void {
    const page = this.#pageOf(block)
    if (page !== undefined) page[beginning(block) + index] = number
  }

  /** Those from the index on move on by one. @returns the last one, which has no place left */
  insert(block: number, index: number, number: number): number {
    const last = this.read(block, numbersPerBlock - 1)
    const from = beginning(block) + index
    this.#pageOf(block)?.copyWithin(from + 1, from, beginning(block) + numbersPerBlock - 1)
    this.write(block, index, number)
    return last
  }

  #pageOf(block: number): Uint16Array | undefined {
    return this.#pages[Math.trunc(block / blocksPerPage)]
  }
}

/** Of a block in its page. */
function beginning(block: number): number {
  return (block % blocksPerPage) * numbersPerBlock
}
