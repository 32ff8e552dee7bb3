/**
 * Connections that a capture shows under two pairs of addresses, as one taken on all interfaces of a node that translates them
 * does: the first payload of both has the same sequence and acknowledgement numbers (64 bits, random at the start) a moment
 * apart. From then on what is seen under the later pair is a packet of the first connection, seen at another place.
 */
import type { Endpoints } from '../packets/endpoints.ts'
import type { Segment } from '../packets/segment.ts'
import { keyOf } from './both-ends.ts'
import type { Flow } from './flow.ts'

/** So long after it was seen under its first addresses, in nanoseconds, a segment may be seen under others. */
const passageNs = 1e9
/** Below it no stack begins but by chance: made-up captures count from small numbers, which prove nothing. */
const leastRandom = 4096
/** Connections that began in that time, at most: of more, the earliest are not looked for. */
const mostYoung = 4096

/** The first payload of a connection. */
export interface Opening {
  flow: Flow
  acknowledgement: number
  at: number
  sender: number
  receiver: number
}

/** A later pair of addresses, and whom they stand for. */
interface Translation {
  sender: number
  receiver: number
  opening: Opening
}

export class Translations {
  readonly #endpoints: Endpoints
  /** By sequence number, in the order of their time, nearly. */
  readonly #young = new Map<number, Opening>()
  /** By both ends: see keyOf. */
  readonly #byEnds = new Map<number, Translation>()
  readonly #ofFlow = new Map<Flow, number[]>()

  constructor(endpoints: Endpoints) {
    this.#endpoints = endpoints
  }

  /** The first payload of a flow. @returns the connection that showed it under other addresses; undefined: none */
  opens(flow: Flow, segment: Segment, sequence: number): Opening | undefined {
    flow.opening = sequence
    const { at, acknowledgement, source: sender, destination: receiver } = segment
    if (sequence < leastRandom || acknowledgement < leastRandom) return undefined
    for (const [key, { at: began }] of this.#young) {
      if (at - began <= passageNs && this.#young.size < mostYoung) break
      this.#young.delete(key)
    }
    const other = this.#young.get(sequence)
    if (other !== undefined && other.acknowledgement === acknowledgement) return other
    this.#young.set(sequence, { flow, acknowledgement, at, sender, receiver })
    return undefined
  }

  /** The ends of this segment, which opens nothing of its own, stand for those of `opening` from now on. */
  add(opening: Opening, segment: Segment): void {
    const { flow } = opening
    const { source: sender, destination: receiver } = segment
    const key = keyOf(sender, receiver)
    this.#byEnds.set(key, { sender, receiver, opening })
    this.#ofFlow.set(flow, [...(this.#ofFlow.get(flow) ?? []), key])
    this.#endpoints.retain(sender)
    this.#endpoints.retain(receiver)
    flow.translated(opening, segment)
  }

  /** The segment as one of the connection that it belongs to; undefined: its ends stand for nothing else. */
  translated(segment: Segment): Segment | undefined {
    if (this.#byEnds.size === 0) return undefined
    const found = this.#byEnds.get(keyOf(segment.source, segment.destination))
    if (found === undefined) return undefined
    const { sender, opening } = found
    const forth = segment.source === sender
    const source = forth ? opening.sender : opening.receiver
    const destination = forth ? opening.receiver : opening.sender
    // of another place than any that the capture names
    return { ...segment, source, destination, path: -2 - segment.path }
  }

  forget(flow: Flow): void {
    if (this.#young.get(flow.opening)?.flow === flow) this.#young.delete(flow.opening)
    for (const key of this.#ofFlow.get(flow) ?? []) {
      const translation = this.#byEnds.get(key)
      if (translation === undefined) continue
      this.#byEnds.delete(key)
      this.#endpoints.release(translation.sender)
      this.#endpoints.release(translation.receiver)
    }
    this.#ofFlow.delete(flow)
  }
}
