/**
 * The ids that a server gave to one connection's prepared statements, and what each refers to. Ids only grow, so both lie
 * in sorted arrays, and while they have no holes the ids themselves need not be kept: two bytes a statement, or four where
 * there are more than 65,535 different ones.
 */

const fewest = 4
/** Arrays double up to so many entries, and then grow by as many: few copies, and little room for nothing. */
const step = 256

export class StatementIds {
  /** How many are there. */
  size = 0
  #first = 0
  /** Undefined while ids follow one another from `#first`. */
  #ids: Uint32Array | undefined
  /** 0: gone. */
  #references: Uint16Array | Uint32Array = new Uint16Array(0)
  #used = 0
  /** Nothing is there before this index. */
  #oldest = 0

  get(id: number): number {
    const index = this.#indexOf(id)
    return index < 0 ? 0 : (this.#references[index] ?? 0)
  }

  /** @param reference not 0. @returns what it referred to before, or 0 */
  set(id: number, reference: number): number {
    const index = this.#indexOf(id)
    if (index >= 0) {
      const before = this.#references[index] ?? 0
      this.#write(index, reference)
      if (before === 0) this.size++
      this.#oldest = Math.min(this.#oldest, index)
      return before
    }
    if (this.#used > 0 && id < this.#lastId) return this.#insert(id, reference)
    this.#append(id, reference)
    return 0
  }

  /** @returns what it referred to, or 0 */
  delete(id: number): number {
    const index = this.#indexOf(id)
    const before = index < 0 ? 0 : (this.#references[index] ?? 0)
    if (before === 0) return 0
    this.#references[index] = 0
    this.size--
    while (this.#oldest < this.#used && this.#references[this.#oldest] === 0) this.#oldest++
    if (this.size === 0) this.#used = this.#oldest = 0
    else if (this.#used > 2 * this.size + fewest) this.#compact()
    return before
  }

  clear(): void {
    this.size = this.#used = this.#oldest = 0
    this.#ids = undefined
    this.#references = new Uint16Array(0)
  }

  /** In the order of their ids. */
  *[Symbol.iterator](): Generator<{ id: number; reference: number }> {
    for (let i = this.#oldest; i < this.#used; i++) {
      const reference = this.#references[i] ?? 0
      if (reference !== 0) yield { id: this.#idAt(i), reference }
    }
  }

  get #lastId(): number {
    return this.#idAt(this.#used - 1)
  }

  #idAt(index: number): number {
    return this.#ids === undefined ? this.#first + index : (this.#ids[index] ?? 0)
  }

  /** @returns -1 where it is not there */
  #indexOf(id: number): number {
    if (this.#ids === undefined) {
      const index = id - this.#first
      return index >= 0 && index < this.#used ? index : -1
    }
    const index = this.#placeOf(id)
    return index < this.#used && this.#ids[index] === id ? index : -1
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

  #append(id: number, reference: number): void {
    if (this.#used === 0) {
      this.#first = id
      this.#ids = undefined
    } else if (this.#ids === undefined && id !== this.#lastId + 1) this.#writeIds()
    if (this.#used === this.#references.length) this.#grow()
    if (this.#ids !== undefined) this.#ids[this.#used] = id
    this.#write(this.#used, reference)
    this.#used++
    this.size++
  }

  #writeIds(): void {
    const ids = new Uint32Array(this.#references.length)
    for (let i = 0; i < this.#used; i++) ids[i] = this.#first + i
    this.#ids = ids
  }

  /** Servers do not go back; whatever does is put in its place. */
  #insert(id: number, reference: number): number {
    if (this.#used === this.#references.length) this.#grow()
    if (this.#ids === undefined) this.#writeIds()
    const index = this.#placeOf(id)
    this.#ids?.copyWithin(index + 1, index, this.#used)
    this.#references.copyWithin(index + 1, index, this.#used)
    if (this.#ids !== undefined) this.#ids[index] = id
    this.#write(index, reference)
    this.#oldest = Math.min(this.#oldest, index)
    this.#used++
    this.size++
    return 0
  }

  #grow(): void {
    const length = Math.max(fewest, this.#used + Math.min(this.#used, step))
    const wide = this.#references instanceof Uint32Array
    this.#resize(wide ? new Uint32Array(length) : new Uint16Array(length))
    if (this.#ids === undefined) return
    const ids = new Uint32Array(length)
    ids.set(this.#ids.subarray(0, this.#used))
    this.#ids = ids
  }

  #resize(references: Uint16Array | Uint32Array): void {
    references.set(this.#references)
    this.#references = references
  }

  #write(index: number, reference: number): void {
    if (reference > 0xffff && this.#references instanceof Uint16Array) {
      this.#resize(new Uint32Array(this.#references.length))
    }
    this.#references[index] = reference
  }

  #compact(): void {
    const all = [...this]
    this.clear()
    for (const { id, reference } of all) this.#append(id, reference)
  }
}
