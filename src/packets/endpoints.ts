/** Addresses with their ports, as small numbers: a segment names both ends without a string or an object for each packet. */
import { addressOf } from '../bpf/event.ts'

/** Endpoints at most; when they are that many, those that no connection retains are forgotten. */
const mostEndpoints = 1 << 20
const firstCapacity = 1 << 10

/** Words of a key: the address, IPv4 as IPv4-mapped IPv6 (RFC 4291, 2.5.5.2), and the port. */
const keyWords = 5

export class Endpoints {
  /** Packets between endpoints that found no place. */
  refused = 0
  /** Endpoints that have a number. */
  count = 0
  readonly #most: number
  /** Ids by hash, open addressing; 0 is empty, otherwise id + 1. At most half full. */
  #slots: Int32Array
  #keys: Uint32Array
  #retained: Int32Array
  #ids = 0
  #free: number[] = []

  constructor(most = mostEndpoints) {
    this.#most = most
    this.#slots = new Int32Array(firstCapacity * 2)
    this.#keys = new Uint32Array(firstCapacity * keyWords)
    this.#retained = new Int32Array(firstCapacity)
  }

  /** Call before a segment's ends are asked for, so that neither is forgotten for the other. @returns false: no place */
  makeRoom(): boolean {
    if (this.count + 2 <= this.#most) return true
    this.#forgetIdle()
    if (this.count + 2 <= this.#most) return true
    this.refused++
    return false
  }

  /** Of the address in four words, in network order. */
  idOf(a: number, b: number, c: number, d: number, port: number): number {
    const mask = this.#slots.length - 1
    for (let slot = hashOf(a, b, c, d, port) & mask; ; slot = (slot + 1) & mask) {
      const id = (this.#slots[slot] ?? 0) - 1
      if (id < 0) return this.#add(slot, a, b, c, d, port)
      const key = id * keyWords
      const keys = this.#keys
      if (
        keys[key + 3] === d &&
        keys[key + 4] === port &&
        keys[key + 2] === c &&
        keys[key + 1] === b &&
        keys[key] === a
      ) {
        return id
      }
    }
  }

  #add(slot: number, a: number, b: number, c: number, d: number, port: number): number {
    const id = this.#free.pop() ?? this.#ids++
    if (id >= this.#retained.length) this.#grow()
    this.#keys.set([a, b, c, d, port], id * keyWords)
    this.count++
    // growing moved every slot
    if (this.count * 2 > this.#slots.length) this.#rehash(this.#slots.length * 2, id)
    else this.#slots[slot] = id + 1
    return id
  }

  #grow(): void {
    const keys = new Uint32Array(this.#keys.length * 2)
    keys.set(this.#keys)
    this.#keys = keys
    const retained = new Int32Array(this.#retained.length * 2)
    retained.set(this.#retained)
    this.#retained = retained
  }

  /** @param added the id that has no slot yet; −1: none */
  #rehash(slots: number, added: number): void {
    const old = this.#slots
    this.#slots = new Int32Array(slots)
    for (const each of old) if (each > 0) this.#place(each - 1)
    if (added >= 0) this.#place(added)
  }

  #place(id: number): void {
    const mask = this.#slots.length - 1
    const [a, b, c, d, port] = this.#keys.subarray(id * keyWords, (id + 1) * keyWords)
    let slot = hashOf(a ?? 0, b ?? 0, c ?? 0, d ?? 0, port ?? 0) & mask
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
    this.#slots[slot] = id + 1
  }

  #forgetIdle(): void {
    const old = this.#slots
    this.#slots = new Int32Array(old.length)
    for (const each of old) {
      if (each === 0) continue
      if ((this.#retained[each - 1] ?? 0) > 0) this.#place(each - 1)
      else {
        this.#free.push(each - 1)
        this.count--
      }
    }
  }

  /** A connection has this end: its number stays until as many are released. */
  retain(id: number): void {
    this.#retained[id] = (this.#retained[id] ?? 0) + 1
  }

  release(id: number): void {
    this.#retained[id] = (this.#retained[id] ?? 0) - 1
  }

  port(id: number): number {
    return this.#keys[id * keyWords + 4] ?? 0
  }

  /** For people and records; not for every packet. */
  text(id: number): { address: string; port: number } {
    const bytes = new Uint8Array(16)
    const view = new DataView(bytes.buffer)
    for (let word = 0; word < 4; word++) view.setUint32(word * 4, this.#keys[id * keyWords + word] ?? 0)
    return { address: addressOf(bytes, true), port: this.port(id) }
  }
}

function hashOf(a: number, b: number, c: number, d: number, port: number): number {
  let hash = Math.imul(a ^ Math.imul(b, 0x85ebca6b), 0x9e3779b1) ^ Math.imul(c, 0xc2b2ae35)
  hash = Math.imul(hash ^ d, 0x9e3779b1) ^ Math.imul(port, 0x27d4eb2f)
  hash ^= hash >>> 15
  return Math.imul(hash, 0x85ebca6b) >>> 7
}
