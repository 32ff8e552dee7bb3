/**
 * Both ends of one connection run here, and each gives out the same exchanges: they are told apart by the TCP sequence
 * number of the request's first byte, which is the same at both ends, and leave as one.
 */
import type { Exchange } from '../../parsers/exchange.ts'

export type End = 'client' | 'server'

interface Waiting {
  readonly exchange: Exchange
  readonly end: End
  /** TCP sequence number of the request's first byte. */
  readonly sequence: number
  readonly since: number
}

/** How long one end's exchange waits for the other's, in nanoseconds of the capture. */
const patienceNs = 1e9
/** Sequence numbers remembered of exchanges that left alone, so that the other end's does not leave again. */
const mostLeftAlone = 1024

export interface PairSink {
  both(client: Exchange, server: Exchange): void
  alone(exchange: Exchange, end: End): void
}

export class Pair {
  readonly #sink: PairSink
  /** The oldest that waits: as a rule there is no other, for a client waits for its answers. */
  #first: Waiting | null = null
  /** By sequence number, the oldest in front. */
  readonly #later = new Map<number, Waiting>()
  readonly #leftAlone = new Map<number, End>()

  constructor(sink: PairSink) {
    this.#sink = sink
  }

  /** @param sequence TCP sequence number of the request's first byte */
  add(exchange: Exchange, end: End, sequence: number, at: number): void {
    if (this.#leftAlone.size > 0) {
      const alone = this.#leftAlone.get(sequence)
      if (alone !== undefined && alone !== end) {
        this.#leftAlone.delete(sequence)
        return
      }
    }
    const other = this.#take(sequence)
    if (other === undefined || other.end === end) {
      if (other !== undefined) this.#leave(other)
      this.#put({ exchange, end, sequence, since: at })
    } else if (end === 'client') this.#sink.both(exchange, other.exchange)
    else this.#sink.both(other.exchange, exchange)
  }

  /** Whether at least one end has told of it. */
  knows(sequence: number): boolean {
    return this.#first?.sequence === sequence || this.#later.has(sequence) || this.#leftAlone.has(sequence)
  }

  /** Lets those go that have waited long. */
  tick(at: number): void {
    for (const waiting of this.#all()) {
      if (at - waiting.since < patienceNs) break
      this.#take(waiting.sequence)
      this.#leave(waiting)
    }
  }

  /** One end closed, or the capture stopped. */
  end(): void {
    for (const waiting of this.#all()) {
      this.#take(waiting.sequence)
      this.#leave(waiting)
    }
  }

  *#all(): Generator<Waiting> {
    if (this.#first !== null) yield this.#first
    yield* this.#later.values()
  }

  #put(waiting: Waiting): void {
    if (this.#first === null && this.#later.size === 0) this.#first = waiting
    else this.#later.set(waiting.sequence, waiting)
  }

  #take(sequence: number): Waiting | undefined {
    const first = this.#first
    if (first?.sequence === sequence) {
      this.#first = null
      return first
    }
    if (this.#later.size === 0) return undefined
    const later = this.#later.get(sequence)
    this.#later.delete(sequence)
    return later
  }

  #leave({ exchange, end, sequence }: Waiting): void {
    this.#leftAlone.set(sequence, end)
    const [oldest] = this.#leftAlone.keys()
    if (this.#leftAlone.size > mostLeftAlone && oldest !== undefined) this.#leftAlone.delete(oldest)
    this.#sink.alone(exchange, end)
  }
}

/**
 * One exchange of what both ends saw: the client's, unless it missed the end or a part that the server's end saw. It is one
 * of the two, changed in place: a copy would cost more than all the rest of joining them.
 */
export function joined(client: Exchange, server: Exchange): { exchange: Exchange; clock: End } {
  const clock = client.endedAt === null && server.endedAt !== null ? 'server' : 'client'
  const missed = client.incompleteBecause !== null && server.incompleteBecause === null
  const exchange = clock === 'server' || missed ? server : client
  const networkShare = networkNs(client, server)
  const times = clock === 'client' ? client : server
  exchange.startedAt = times.startedAt
  exchange.firstByteAt = times.firstByteAt
  exchange.endedAt = times.endedAt
  exchange.networkNs = networkShare
  return { exchange, clock }
}

/** Null also where the server took longer than the client: then a call was missed, and one of the times is of a later one. */
function networkNs(client: Exchange, server: Exchange): number | null {
  if (client.endedAt === null || server.endedAt === null) return null
  const share = client.endedAt - client.startedAt - (server.endedAt - server.startedAt)
  return share < 0 ? null : share
}
