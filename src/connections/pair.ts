/**
 * Both ends of one connection run here, and each gives out the same exchanges: they are told apart by the TCP sequence
 * number of the request's first byte, which is the same at both ends, and leave as one.
 */
import type { Exchange } from '../../parsers/exchange.ts'

export type End = 'client' | 'server'

interface Waiting {
  exchange: Exchange
  end: End
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
  readonly #waiting = new Map<number, Waiting & { since: number }>()
  readonly #leftAlone = new Map<number, End>()

  constructor(sink: PairSink) {
    this.#sink = sink
  }

  /** @param sequence TCP sequence number of the request's first byte */
  add(exchange: Exchange, end: End, sequence: number, at: number): void {
    const alone = this.#leftAlone.get(sequence)
    if (alone !== undefined && alone !== end) {
      this.#leftAlone.delete(sequence)
      return
    }
    const other = this.#waiting.get(sequence)
    if (other === undefined || other.end === end) {
      if (other !== undefined) this.#leave(sequence, other)
      this.#waiting.set(sequence, { exchange, end, since: at })
      return
    }
    this.#waiting.delete(sequence)
    if (end === 'client') this.#sink.both(exchange, other.exchange)
    else this.#sink.both(other.exchange, exchange)
  }

  /** Whether at least one end has told of it. */
  knows(sequence: number): boolean {
    return this.#waiting.has(sequence) || this.#leftAlone.has(sequence)
  }

  /** Lets those go that have waited long. */
  tick(at: number): void {
    for (const [sequence, waiting] of this.#waiting) {
      if (at - waiting.since < patienceNs) break
      this.#leave(sequence, waiting)
    }
  }

  /** One end closed, or the capture stopped. */
  end(): void {
    for (const [sequence, waiting] of this.#waiting) this.#leave(sequence, waiting)
  }

  #leave(sequence: number, { exchange, end }: Waiting): void {
    this.#waiting.delete(sequence)
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
  const networkNs =
    client.endedAt === null || server.endedAt === null
      ? null
      : client.endedAt - client.startedAt - (server.endedAt - server.startedAt)
  const times = clock === 'client' ? client : server
  exchange.startedAt = times.startedAt
  exchange.firstByteAt = times.firstByteAt
  exchange.endedAt = times.endedAt
  exchange.networkNs = networkNs
  return { exchange, clock }
}
