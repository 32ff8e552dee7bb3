/** What moved before a connection's protocol is known, kept to be handed to its parser; bounded, the rest becomes gaps. */
import type { Way } from '../../parsers/detection.ts'

export interface Moved {
  way: Way
  /** Null: these bytes were not seen, or not kept. */
  bytes: Uint8Array | null
  length: number
  at: number
}

/** Bytes kept of a connection that is not decided yet. */
const mostBytes = 96 << 10

export class UndecidedTraffic {
  #moved: Moved[] = []
  #kept = 0
  /** Bytes forgotten so far, by way: the positions at which `take` begins. */
  readonly forgotten: [number, number] = [0, 0]

  push(way: Way, bytes: Uint8Array, at: number): void {
    const room = mostBytes - this.#kept
    const taken = Math.min(room, bytes.length)
    if (taken > 0) this.#moved.push({ way, bytes: bytes.slice(0, taken), length: taken, at })
    this.#kept += taken
    if (taken < bytes.length) this.gap(way, bytes.length - taken, at)
  }

  gap(way: Way, length: number, at: number): void {
    const last = this.#moved.at(-1)
    if (last?.way === way && last.bytes === null) last.length += length
    else this.#moved.push({ way, bytes: null, length, at })
  }

  /** Forgets all but the last runs. */
  keepRuns(runs: number): void {
    let first = this.#moved.length
    for (let left = runs; first > 0; first--) {
      const turned = this.#moved[first - 1]?.way !== this.#moved[first]?.way
      if (turned && first < this.#moved.length && --left === 0) break
    }
    for (const { way, length, bytes } of this.#moved.splice(0, first)) {
      this.forgotten[way] += length
      if (bytes !== null) this.#kept -= length
    }
  }

  take(): Moved[] {
    const moved = this.#moved
    this.#moved = []
    this.#kept = 0
    return moved
  }
}
