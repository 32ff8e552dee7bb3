/** Joins the two ends of a connection where both are observed: what each of them gives out leaves as one. */
import type { Way } from '../../parsers/detection.ts'
import type { Exchange } from '../../parsers/exchange.ts'
import type { Connection } from './connection.ts'
import { Counterparts } from './counterparts.ts'
import { bothEndsOf, endsOf } from './ends.ts'
import type { ExchangeSink } from './exchange-sink.ts'
import { joined, Pair } from './pair.ts'

/**
 * So long after a connection is first seen, in nanoseconds, a server's exchanges wait: a request can be told by its server
 * before its client's send has returned. What takes longer is not held up.
 */
const youthNs = 80e6
/** Connections with something that waits for that; the oldest waits no longer. */
const mostYoung = 16_384

export class Pairing {
  readonly #sink: ExchangeSink
  readonly #isOpen: (connection: Connection) => boolean
  readonly #counterparts = new Counterparts()
  readonly #pairs = new Set<Pair>()
  /** In the order of their youth's end, nearly. */
  readonly #young = new Set<Connection>()
  #youngUntil = Infinity

  constructor(sink: ExchangeSink, isOpen: (connection: Connection) => boolean) {
    this.#sink = sink
    this.#isOpen = isOpen
  }

  /** A run of bytes begins. */
  turned(connection: Connection, way: Way, sequence: number): void {
    if (connection.opened.vantage !== 'socket') return
    const found = this.#counterparts.began(connection, way, sequence)
    if (found === null) return
    const { other, proven } = found
    if (connection.partner !== other) this.#presume(connection, other)
    if (proven) this.#prove(connection, other)
  }

  exchange(connection: Connection, exchange: Exchange): void {
    const { end, pair, partner, lastAt, opened } = connection
    if (end !== null && pair !== null && partner !== null && !partner.ignored) {
      pair.add(exchange, end, connection.sequenceOf(exchange), lastAt)
    } else if (end === 'server' && opened.vantage === 'socket' && lastAt < opened.at + youthNs) {
      this.#hold(connection, exchange)
    } else this.#leave(connection, exchange)
  }

  /** Before anything is told of `at`. */
  passed(at: number): void {
    if (at < this.#youngUntil) return
    for (const connection of this.#young) {
      if (connection.opened.at + youthNs > at) {
        this.#youngUntil = connection.opened.at + youthNs
        return
      }
      this.#outgrow(connection)
    }
    this.#youngUntil = Infinity
  }

  tick(at: number): void {
    this.passed(at)
    for (const pair of this.#pairs) pair.tick(at)
  }

  /** The connection is closed; what it gave out may still wait for its other end's. */
  forget(connection: Connection): void {
    const { partner, young } = connection
    if (partner === null && young === null) this.#counterparts.forget(connection)
    // an end whose exchange was lost must not keep the other's waiting
    if (partner !== null && !this.#isOpen(partner)) this.#part(connection)
  }

  /** Whatever waits leaves. */
  end(): void {
    for (const connection of this.#young) this.#outgrow(connection)
    for (const pair of this.#pairs) pair.end()
    this.#pairs.clear()
  }

  #presume(one: Connection, other: Connection): void {
    this.#part(one)
    this.#part(other)
    const pair = new Pair({
      both: (client, server) => this.#leaveJoined(one, other, client, server),
      alone: (exchange, end) => this.#leave(one.end === end ? one : other, exchange),
    })
    this.#pairs.add(pair)
    one.pair = other.pair = pair
    one.partner = other
    other.partner = one
    for (const connection of [one, other]) {
      const { young, end } = connection
      connection.young = null
      this.#young.delete(connection)
      for (const { exchange, sequence, at } of young ?? []) if (end !== null) pair.add(exchange, end, sequence, at)
    }
  }

  #prove(one: Connection, other: Connection): void {
    one.counterpart = other
    other.counterpart = one
    for (const connection of [one, other]) {
      connection.search.isOver = true
      this.#counterparts.forget(connection)
      if (connection.ends !== null) connection.ends = endsOf(connection)
    }
  }

  /** What was presumed did not come true, or is over. */
  #part(connection: Connection): void {
    const { pair, partner } = connection
    if (pair === null) return
    pair.end()
    this.#pairs.delete(pair)
    for (const each of [connection, partner]) {
      if (each === null) continue
      each.pair = each.partner = null
      if (!this.#isOpen(each)) this.#counterparts.forget(each)
    }
  }

  #hold(connection: Connection, exchange: Exchange): void {
    connection.young ??= []
    connection.young.push({ exchange, sequence: connection.sequenceOf(exchange), at: connection.lastAt })
    this.#young.add(connection)
    this.#youngUntil = Math.min(this.#youngUntil, connection.opened.at + youthNs)
    const [oldest] = this.#young
    if (this.#young.size > mostYoung && oldest !== undefined) this.#outgrow(oldest)
  }

  #outgrow(connection: Connection): void {
    this.#young.delete(connection)
    const held = connection.young
    connection.young = null
    if (!this.#isOpen(connection)) this.#counterparts.forget(connection)
    for (const { exchange } of held ?? []) this.#leave(connection, exchange)
  }

  #leave(connection: Connection, exchange: Exchange): void {
    if (connection.ends !== null) this.#sink.exchange(exchange, connection.ends)
  }

  #leaveJoined(one: Connection, other: Connection, client: Exchange, server: Exchange): void {
    const [near, far] = one.end === 'client' ? [one, other] : [other, one]
    if (near.counterpart === null) {
      // one direction's numbers agree, and nothing else says that they are the same
      this.#leave(near, client)
      this.#leave(far, server)
      return
    }
    near.bothEnds ??= bothEndsOf(near)
    const { exchange, clock } = joined(client, server)
    const ends = near.bothEnds
    if (ends !== null) this.#sink.exchange(exchange, clock === ends.clock ? ends : { ...ends, clock })
  }
}
