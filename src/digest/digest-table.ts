/** Every digest in use, found by the hash of its text, so that the text becomes a string once and totals have a small number to count under. */

export interface Digest {
  /** Unique in this process, never used again: what totals are counted under. */
  readonly number: number
  /** 16 hexadecimal digits, the same in every run and on every machine. */
  readonly id: string
  readonly text: string
  /** When the table last gave it out, by the table's own clock. */
  usedAt: number
}

/** What a text is of: the same bytes are another digest for another kind. */
export type DigestKind = 'sql' | 'command' | 'http'

const seeds: Record<DigestKind, number> = { sql: 0, command: 0x2545f491, http: 0x6c62272e }

/** Beyond this many, the least recently used go. */
export const maxDigests = 10_000
/** The share that goes at once, so that its cost is spread over as many new digests. */
const evictedShare = 0.25

const decoder = new TextDecoder()

export class DigestTable {
  /** How many digests were forgotten. Their totals are not: a digest that comes back has the same id. */
  evicted = 0
  readonly #limit: number
  readonly #mask: number
  /** Index into the columns below by hash, −1 for none; open addressing, at most half full. */
  readonly #slots: Int32Array
  readonly #high: Int32Array
  readonly #low: Int32Array
  #digests: Digest[] = []
  #clock = 0
  #made = 0

  constructor(limit = maxDigests) {
    this.#limit = limit
    const slots = 2 ** Math.ceil(Math.log2(limit * 2))
    this.#mask = slots - 1
    this.#slots = new Int32Array(slots).fill(-1)
    this.#high = new Int32Array(limit)
    this.#low = new Int32Array(limit)
  }

  get size(): number {
    return this.#digests.length
  }

  /**
   * @param bytes the normal text; up to 3 bytes after it are overwritten
   * @param words the same memory
   */
  intern(bytes: Uint8Array, words: Int32Array, length: number, kind: DigestKind): Digest {
    const padded = (length + 3) & ~3
    for (let i = length; i < padded; i++) bytes[i] = 0
    let high = seeds[kind] ^ length
    let low = Math.imul(high, 0x9e3779b1)
    for (let i = 0; i < padded >> 2; i++) {
      const word = words[i] ?? 0
      high = Math.imul(high ^ word, 0x85ebca6b)
      high ^= high >>> 15
      low = Math.imul(((low << 13) | (low >>> 19)) ^ word, 0xc2b2ae35)
    }
    high = finish(high ^ (low >>> 7))
    low = finish(low ^ high)
    let slot = low & this.#mask
    for (let index = this.#slots[slot] ?? -1; index >= 0; index = this.#slots[slot] ?? -1) {
      if (this.#low[index] === low && this.#high[index] === high) {
        const found = this.#digests[index]
        if (found !== undefined) return this.use(found)
      }
      slot = (slot + 1) & this.#mask
    }
    return this.#add(high, low, decoder.decode(bytes.subarray(0, length)))
  }

  /** Marks a digest that was found another way as in use. */
  use(digest: Digest): Digest {
    digest.usedAt = ++this.#clock
    return digest
  }

  #add(high: number, low: number, text: string): Digest {
    if (this.#digests.length >= this.#limit) this.#evict()
    const digest: Digest = { number: this.#made++, id: hex(high) + hex(low), text, usedAt: ++this.#clock }
    const index = this.#digests.length
    this.#digests.push(digest)
    this.#place(index, high, low)
    return digest
  }

  #place(index: number, high: number, low: number): void {
    this.#high[index] = high
    this.#low[index] = low
    let slot = low & this.#mask
    while ((this.#slots[slot] ?? -1) >= 0) slot = (slot + 1) & this.#mask
    this.#slots[slot] = index
  }

  #evict(): void {
    const going = Math.max(1, Math.floor(this.#limit * evictedShare))
    const old = this.#digests
    const threshold = Float64Array.from(old, (digest) => digest.usedAt).sort()[going] ?? 0
    this.#digests = []
    this.#slots.fill(-1)
    old.forEach((digest, index) => {
      if (digest.usedAt < threshold) return
      const kept = this.#digests.push(digest) - 1
      this.#place(kept, this.#high[index] ?? 0, this.#low[index] ?? 0)
    })
    this.evicted += old.length - this.#digests.length
  }
}

function finish(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d)
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b)
  return hash ^ (hash >>> 16)
}

function hex(lane: number): string {
  return (lane >>> 0).toString(16).padStart(8, '0')
}
