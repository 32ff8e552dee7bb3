/**
 * The ids that a server gave to one connection's prepared statements, and what each refers to. Ids only grow, so both lie
 * in sorted lists, and while they have no holes the ids themselves need not be kept: two bytes a statement, or four where
 * there are more than 65,535 different ones.
 */
import type { NumberBlocks } from './number-blocks.ts'
import { NumberList } from './number-list.ts'

/** So many that are gone stay, at least. */
const fewest = 4

export class StatementIds {
  /** How many are there. */
  size = 0
  readonly #blocks: NumberBlocks
  #first = 0
  /** Undefined while ids follow one another from `#first`. */
  #ids: NumberList | undefined
  /** 0: gone. */
  readonly #references: NumberList
  /** Nothing is there before this index. */
  #oldest = 0

  constructor(blocks: NumberBlocks) {
    this.#blocks = blocks
    this.#references = new NumberList(blocks)
  }

  get(id: number): number {
    const index = this.#indexOf(id)
    return index < 0 ? 0 : this.#references.at(index)
  }

  /** @param reference not 0. @returns what it referred to before, or 0; undefined where there is no room for it */
  set(id: number, reference: number): number | undefined {
    const index = this.#indexOf(id)
    if (index >= 0) {
      const before = this.#references.at(index)
      if (!this.#references.set(index, reference)) return undefined
      if (before === 0) this.size++
      this.#oldest = Math.min(this.#oldest, index)
      return before
    }
    const added = this.#used > 0 && id < this.#lastId ? this.#insert(id, reference) : this.#append(id, reference)
    return added ? 0 : undefined
  }

  /** @returns what it referred to, or 0 */
  delete(id: number): number {
    const index = this.#indexOf(id)
    const before = index < 0 ? 0 : this.#references.at(index)
    if (before === 0) return 0
    this.#references.set(index, 0)
    this.size--
    while (this.#oldest < this.#used && this.#references.at(this.#oldest) === 0) this.#oldest++
    if (this.size === 0) this.clear()
    else if (this.#used > 2 * this.size + fewest) this.#compact()
    return before
  }

  clear(): void {
    this.size = this.#oldest = 0
    this.#ids?.clear()
    this.#ids = undefined
    this.#references.clear()
  }

  /** In the order of their ids. */
  *[Symbol.iterator](): Generator<{ id: number; reference: number }> {
    for (let i = this.#oldest; i < this.#used; i++) {
      const reference = this.#references.at(i)
      if (reference !== 0) yield { id: this.#idAt(i), reference }
    }
  }

  /** Those that are gone among them. */
  get #used(): number {
    return this.#references.length
  }

  get #lastId(): number {
    return this.#idAt(this.#used - 1)
  }

  #idAt(index: number): number {
    return this.#ids === undefined ? this.#first + index : this.#ids.at(index)
  }

  /** @returns -1 where it is not there */
  #indexOf(id: number): number {
    if (this.#ids === undefined) {
      const index = id - this.#first
      return index >= 0 && index < this.#used ? index : -1
    }
    const index = this.#placeOf(id)
    return index < this.#used && this.#ids.at(index) === id ? index : -1
  }

  /** @returns the index of the first id that is not smaller */
  #placeOf(id: number): number {
    let from = 0
    let to = this.#used
    while (from < to) {
      const middle = (from + to) >>> 1
      if (this.#idAt(middle) < id) from = middle + 1
      else to = middle
    }
    return from
  }

  /** @returns false where there is no room */
  #append(id: number, reference: number): boolean {
    if (this.#used === 0) this.#first = id
    else if (this.#ids === undefined && id !== this.#lastId + 1 && !this.#writeIds()) return false
    return this.#add(this.#used, id, reference)
  }

  /** Servers do not go back; whatever does is put in its place. @returns false where there is no room */
  #insert(id: number, reference: number): boolean {
    if (this.#ids === undefined && !this.#writeIds()) return false
    const index = this.#placeOf(id)
    if (!this.#add(index, id, reference)) return false
    this.#oldest = Math.min(this.#oldest, index)
    return true
  }

  #add(index: number, id: number, reference: number): boolean {
    if (this.#ids?.makeRoom(id) === false || !this.#references.makeRoom(reference)) return false
    this.#ids?.insert(index, id)
    this.#references.insert(index, reference)
    this.size++
    return true
  }

  #writeIds(): boolean {
    const ids = new NumberList(this.#blocks)
    for (let i = 0; i < this.#used; i++) {
      const id = this.#first + i
      if (!ids.makeRoom(id)) {
        ids.clear()
        return false
      }
      ids.insert(i, id)
    }
    this.#ids = ids
    return true
  }

  #compact(): void {
    const all = [...this]
    this.clear()
    for (const { id, reference } of all) this.#append(id, reference)
  }
}
