/**
 * What a network and a capture make of a conversation: segments cut anew, delayed within bounds, seen twice, sent again with
 * other limits, and missing. Reproducible: everything comes from one seed.
 */
import { type Segment, tcpFlag } from '../../src/packets/segment.ts'

export class Chance {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1
  }

  /** From 0 to below 1. */
  next(): number {
    // xorshift32
    let x = this.#state
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.#state = x >>> 0
    return this.#state / 2 ** 32
  }

  below(bound: number): number {
    return Math.floor(this.next() * bound)
  }

  happens(share: number): boolean {
    return this.next() < share
  }
}

export interface Weather {
  /** Shares of segments. */
  delayed: number
  seenTwice: number
  sentAgain: number
  lost: number
  /** Nanoseconds that a packet may come late in the file. */
  mostDelayNs: number
}

/** One segment in pieces of at most `most` bytes, all of the same time and acknowledgement. */
export function cut(segment: Segment, chance: Chance, most: number): Segment[] {
  const pieces: Segment[] = []
  for (let from = 0; from < segment.payloadLength;) {
    const length = Math.min(1 + chance.below(most), segment.payloadLength - from)
    pieces.push(part(segment, from, length))
    from += length
  }
  if (pieces.length === 0 || (segment.flags & tcpFlag.syn) !== 0) return [segment]
  for (const piece of pieces.slice(0, -1)) piece.flags &= ~tcpFlag.fin
  return pieces
}

function part(segment: Segment, from: number, length: number): Segment {
  return {
    ...segment,
    sequence: (segment.sequence + from) >>> 0,
    payloadStart: segment.payloadStart + from,
    payloadEnd: segment.payloadStart + from + length,
    payloadLength: length,
    timed: true,
  }
}

export interface Captured {
  segments: Segment[]
  /** Those of which no copy is there. */
  missing: Segment[]
}

/** @returns the segments in the order of the capture */
export function through(segments: readonly Segment[], weather: Weather, chance: Chance): Captured {
  const captured: { segment: Segment; arrives: number }[] = []
  const missing: Segment[] = []
  const late = () => chance.below(weather.mostDelayNs)
  let before: Segment | undefined
  for (const segment of segments) {
    const { at, payloadLength } = segment
    const opens = (segment.flags & tcpFlag.syn) !== 0
    if (payloadLength > 0 && !opens && chance.happens(weather.lost)) {
      missing.push(segment)
      continue
    }
    captured.push({ segment, arrives: at + (!opens && chance.happens(weather.delayed) ? late() : 0) })
    if (chance.happens(weather.seenTwice)) captured.push({ segment: { ...segment, path: 1 }, arrives: at + late() })
    // sent again with other limits: the last piece of what came before goes with it
    const joins = before !== undefined && before.source === segment.source && touches(before, segment)
    if (payloadLength > 0 && !opens && chance.happens(weather.sentAgain)) {
      const again = joins && before !== undefined ? joined(before, segment, chance) : { ...segment }
      again.at = at + weather.mostDelayNs + late()
      captured.push({ segment: again, arrives: again.at })
    }
    before = payloadLength > 0 ? segment : before
  }
  captured.sort((a, b) => a.arrives - b.arrives)
  return { segments: captured.map(({ segment }) => segment), missing }
}

function touches(one: Segment, other: Segment): boolean {
  return one.payload === other.payload && one.payloadEnd === other.payloadStart && (one.flags & tcpFlag.fin) === 0
}

function joined(before: Segment, segment: Segment, chance: Chance): Segment {
  const taken = 1 + chance.below(before.payloadLength)
  return {
    ...segment,
    sequence: (segment.sequence - taken) >>> 0,
    payloadStart: segment.payloadStart - taken,
    payloadLength: segment.payloadLength + taken,
  }
}
