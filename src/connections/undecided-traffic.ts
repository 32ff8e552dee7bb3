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
  /** Each of one way, up to the next of the other. */
  #runs: Moved[][] = []
  #kept = 0
  /** Bytes that were not kept, for too many were. */
  dropped = 0
  /** Bytes forgotten so far, by way: the positions at which `take` begins. */
  readonly forgotten: [number, number] = [0, 0]

  push(way: Way, bytes: Uint8Array, at: number): void {
    const room = mostBytes - this.#kept
    const taken = Math.min(room, bytes.length)
    if (taken > 0) this.#runOf(way).push({ way, bytes: bytes.slice(0, taken), length: taken, at })
    this.#kept += taken
    if (taken === bytes.length) return
    this.dropped += bytes.length - taken
    this.gap(way, bytes.length - taken, at)
  }

  gap(way: Way, length: number, at: number): void {
    const run = this.#runOf(way)
    const last = run.at(-1)
    if (last?.bytes === null) last.length += length
    else run.push({ way, bytes: null, length, at })
  }

  #runOf(way: Way): Moved[] {
    const last = this.#runs.at(-1)
    if (last?.[0]?.way === way) return last
    const run: Moved[] = []
    this.#runs.push(run)
    return run
  }

  /** Forgets all but the last runs. */
  keepRuns(runs: number): void {
    while (this.#runs.length > runs) {
      for (const { way, length, bytes } of this.#runs.shift() ?? []) {
        this.forgotten[way] += length
        if (bytes !== null) this.#kept -= length
      }
    }
  }

  take(): Moved[] {
    const moved = this.#runs.flat()
    this.#runs = []
    this.#kept = 0
    return moved
  }
}
