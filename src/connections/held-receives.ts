/**
 * Order between two threads of one socket: an answer can be read before the send that asked for it has returned, and then
 * reaches the ring first. The kernel marks such a receive; it waits here until that send comes.
 */

export interface HeldReceive {
  position: number
  moved: number
  sequence: number
  bytes: Uint8Array
  at: number
}

/** Receives held at most; then order is given up, which is counted. */
const mostHeld = 64

export class HeldReceives {
  #held: HeldReceive[] = []

  /** @param bytes to be kept. @returns false where there is no place for more */
  add(position: number, moved: number, sequence: number, bytes: Uint8Array, at: number): boolean {
    if (this.#held.length >= mostHeld) return false
    this.#held.push({ position, moved, sequence, bytes, at })
    return true
  }

  take(): HeldReceive[] {
    const held = this.#held
    this.#held = []
    return held
  }
}
