/**
 * Whole numbers of up to 32 bits, in order, in blocks that many lists share: two bytes each, or four from the first one on
 * that has more than 16 bits.
 */
import { type NumberBlocks, numbersPerBlock } from './number-blocks.ts'

export class NumberList {
  length = 0
  readonly #blocks: NumberBlocks
  /** Blocks of the low 16 bits, and of the high ones; undefined: all are 0. */
  readonly #low: number[] = []
  #high: number[] | undefined

  constructor(blocks: NumberBlocks) {
    this.#blocks = blocks
  }

  /** @returns 0 where there is none */
  at(index: number): number {
    if (index >= this.length) return 0
    const low = this.#read(this.#low, index)
    return this.#high === undefined ? low : this.#read(this.#high, index) * 0x10000 + low
  }

  /** @returns false where there is no room: nothing has changed then */
  set(index: number, number: number): boolean {
    if (number > 0xffff && !this.#widen(this.#low.length)) return false
    this.#write(this.#low, index, number & 0xffff)
    if (this.#high !== undefined) this.#write(this.#high, index, number >>> 16)
    return true
  }

  /** @returns false where there is none for one more like this */
  makeRoom(number: number): boolean {
    const blocks = blockOf(this.length) + 1
    if (!this.#reach(this.#low, blocks)) return false
    return (number <= 0xffff && this.#high === undefined) || this.#widen(blocks)
  }

  /** Where room was made for it; those behind move on by one. */
  insert(index: number, number: number): void {
    this.length++
    this.#insert(this.#low, index, number & 0xffff)
    if (this.#high !== undefined) this.#insert(this.#high, index, number >>> 16)
  }

  clear(): void {
    for (const block of this.#low.splice(0)) this.#blocks.giveBack(block)
    for (const block of this.#high ?? []) this.#blocks.giveBack(block)
    this.#high = undefined
    this.length = 0
  }

  #insert(list: readonly number[], index: number, half: number): void {
    let pushedOut = half
    let within = index % numbersPerBlock
    for (let i = blockOf(index); i <= blockOf(this.length - 1); i++) {
      pushedOut = this.#blocks.insert(list[i] ?? 0, within, pushedOut)
      within = 0
    }
  }

  #widen(blocks: number): boolean {
    this.#high ??= []
    return this.#reach(this.#high, blocks)
  }

  #reach(list: number[], blocks: number): boolean {
    while (list.length < blocks) {
      const block = this.#blocks.take()
      if (block === undefined) return false
      list.push(block)
    }
    return true
  }

  #read(list: readonly number[], index: number): number {
    return this.#blocks.read(list[blockOf(index)] ?? 0, index % numbersPerBlock)
  }

  #write(list: readonly number[], index: number, half: number): void {
    this.#blocks.write(list[blockOf(index)] ?? 0, index % numbersPerBlock, half)
  }
}

function blockOf(index: number): number {
  return Math.trunc(index / numbersPerBlock)
}
