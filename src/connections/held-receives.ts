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

  get full(): boolean {
    return this.#held.length >= mostHeld
  }

  /** @param bytes to be kept */
  add(position: number, moved: number, sequence: number, bytes: Uint8Array, at: number): void {
    this.#held.push({ position, moved, sequence, bytes, at })
  }

  take(): HeldReceive[] {
    const held = this.#held
    this.#held = []
    return held
  }
}
