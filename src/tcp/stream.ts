/** One direction of a TCP connection: how far it has come, and the segments that wait for what precedes them. */
import { distance } from './sequence.ts'

export interface HeldSegment {
  /** Payload bytes of the stream before it. */
  position: number
  /** On the wire; `bytes` holds what was seen of it. */
  length: number
  bytes: Uint8Array
  at: number
  /** How far its sender had seen the other stream when it sent this: a position there. */
  needs: number
}

export class Stream {
  /** A sequence number of it is known. */
  known = false
  /** A packet of it was seen. */
  shown = false
  /** Sequence number of position 0. */
  base = 0
  /** Sequence number of what comes next. */
  sequence = 0
  /** Position of what comes next. */
  next = 0
  /** Position up to which the other end has all. */
  acknowledged = 0
  /** Position at which the sender ended it; −1: not yet. */
  fin = -1
  /** All of it was told, and its FIN is counted in `sequence`. */
  finished = false
  /** Where its latest bytes were seen. */
  path = -1
  /** By position, without overlap. */
  held: HeldSegment[] = []
  heldBytes = 0
  /** When it was first seen that the other end has what is lacking here. */
  lacksSince = 0

  begin(sequence: number): void {
    this.known = true
    this.base = this.sequence = sequence
  }

  positionOf(sequence: number): number {
    return this.next + distance(sequence, this.sequence)
  }

  isFarFrom(sequence: number, bytes: number): boolean {
    return this.known && Math.abs(distance(sequence, this.sequence)) > bytes
  }

  /** The other end has all up to there. */
  acknowledge(position: number, at: number): void {
    if (position <= this.acknowledged) return
    const lacked = this.lacksAcknowledged
    this.acknowledged = position
    if (!lacked) this.lacksSince = at
  }

  /** The other end has bytes that were not seen here. One more than was seen may be a FIN that was not. */
  get lacksAcknowledged(): boolean {
    return this.acknowledged > this.next + 1 && (this.fin < 0 || this.next < this.fin)
  }

  get waits(): boolean {
    return this.held.length > 0 || this.lacksAcknowledged || (this.fin > this.next && !this.finished)
  }

  /** When the hole before `held` was seen. */
  get holeSeenAt(): number {
    return this.held[0]?.at ?? this.lacksSince
  }

  /** Keeps a copy of what is not held yet: the first bytes seen win. @returns bytes kept */
  hold({ position, length, bytes, at, needs }: HeldSegment): number {
    const { held } = this
    const end = position + length
    const before = this.heldBytes
    let from = Math.max(position, this.next)
    let index = held.length
    while (index > 0 && endOf(held[index - 1]) > from) index--
    while (from < end) {
      const following = held[index]
      const to = following === undefined ? end : Math.min(end, following.position)
      if (to > from) {
        const seen = bytes.slice(from - position, to - position)
        held.splice(index, 0, { position: from, length: to - from, bytes: seen, at, needs })
        this.heldBytes += seen.length
        index++
      }
      from = Math.max(to, endOf(held[index]))
      index++
    }
    return this.heldBytes - before
  }

  /** Takes the first of the held segments. */
  shift(): HeldSegment | undefined {
    const first = this.held.shift()
    if (first !== undefined) this.heldBytes -= first.bytes.length
    return first
  }

  get heldTo(): number {
    return endOf(this.held.at(-1))
  }

  forget(): void {
    this.held = []
    this.heldBytes = 0
    this.acknowledged = this.next
    this.fin = -1
  }

  /** The first held segment's position, or the FIN's where nothing is held. */
  get heldFrom(): number {
    return this.held[0]?.position ?? (this.fin > this.next ? this.fin : Infinity)
  }
}

function endOf(segment: HeldSegment | undefined): number {
  return segment === undefined ? -1 : segment.position + segment.length
}
