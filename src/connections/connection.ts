/**
 * One end of one connection: puts its bytes in order, tells holes from the stream's positions, finds out which
 * protocol it speaks and hands the bytes to that protocol's parser.
 */
import { sideOf, type Spoken, type Verdict, type Way } from '../../parsers/detection.ts'
import type { Exchange } from '../../parsers/exchange.ts'
import { HttpParser } from '../../parsers/http/http-parser.ts'
import { MysqlParser } from '../../parsers/mysql/mysql-parser.ts'
import type { ProxiedClient } from '../../parsers/proxy-header.ts'
import type { Parser } from '../../parsers/parser.ts'
import type { Direction, Opened, Translated } from '../capture/source.ts'
import type { ConnectionEvents } from './connection-events.ts'
import { Search } from './counterparts.ts'
import type { Ends, Identities } from './ends.ts'
import { HeldReceives } from './held-receives.ts'
import type { End, Pair } from './pair.ts'
import { Undecided } from './undecided.ts'

type State =
  | { kind: 'undecided'; beginning: Undecided }
  | { kind: 'spoken'; parser: Parser; client: Way }
  | { kind: 'ignored' }
  | { kind: 'closed'; client: Way | null }

export class Connection {
  readonly opened: Opened
  readonly identities: Identities
  /** Who speaks to whom; null until it is known. */
  ends: Ends | null = null
  /** The same where both ends are observed. */
  bothEnds: Ends | null = null
  /** The other end of this connection, where it runs on this machine too. */
  counterpart: Connection | null = null
  /** What is presumed to be the other end, before that is proven too. */
  partner: Connection | null = null
  pair: Pair | null = null
  readonly search = new Search()
  /** What waits while its other end may be about to be told. */
  young: { exchange: Exchange; sequence: number; at: number }[] | null = null
  /** Its times are known. */
  timed = true
  translated: Translated | null = null
  /** For whom the client's end speaks, where that is a proxy. */
  proxied: ProxiedClient | null = null
  /** Nanoseconds since the capture began, of the last bytes. */
  lastAt: number
  readonly #events: ConnectionEvents
  #state: State
  /** By way: where each direction's stream goes on; behind them the TCP sequence numbers of their positions 0. */
  readonly #streams: [number, number, number, number] = [0, 0, 0, 0]
  /** Of the last bytes. */
  #way: Way | null = null
  /** Position at which the parser joined the client's stream. */
  #parserPosition = 0
  #held: HeldReceives | null = null
  #holeSeenAt: number | null = null

  /** @param forced what it speaks, whatever its bytes say; `likely`: what is spoken on its ports as a rule */
  constructor(
    opened: Opened,
    identities: Identities,
    events: ConnectionEvents,
    { forced, likely }: { forced?: Spoken | undefined; likely?: Spoken | undefined } = {},
  ) {
    this.opened = opened
    this.identities = identities
    this.lastAt = opened.at
    this.#events = events
    this.#state = { kind: 'undecided', beginning: new Undecided(opened, forced, likely) }
  }

  get ignored(): boolean {
    return this.#state.kind === 'ignored'
  }

  /** Which end of the connection this one is; null until that is known. */
  get end(): End | null {
    const client = 'client' in this.#state ? this.#state.client : null
    return client === null ? null : client === 0 ? 'client' : 'server'
  }

  moved(
    direction: Direction,
    position: number,
    moved: number,
    sequence: number,
    sendInFlight: boolean,
    bytes: Uint8Array,
    at: number,
    start: number,
    end: number,
  ): void {
    if (this.#state.kind === 'ignored' || this.#state.kind === 'closed') return
    if (direction === 'received' && (this.#held !== null || sendInFlight)) {
      this.#held ??= new HeldReceives()
      if (this.#held.add(position, moved, sequence, bytes.slice(start, end), at)) return
      this.#events.disordered()
      this.#release()
    }
    // the send that they wait for was missed
    if (direction === 'sent' && this.#held !== null && position > this.#streams[0]) {
      this.#hole(0, position - this.#streams[0], at)
      this.#streams[0] = position
      this.#release()
    }
    this.#deliver(direction === 'sent' ? 0 : 1, position, moved, sequence, bytes, at, start, end)
    if (this.#held !== null) this.#release()
  }

  #release(): void {
    const held = this.#held
    this.#held = null
    for (const { position, moved, sequence, bytes, at } of held?.take() ?? []) {
      this.#deliver(1, position, moved, sequence, bytes, at, 0, bytes.length)
    }
  }

  #deliver(
    way: Way,
    position: number,
    moved: number,
    sequence: number,
    bytes: Uint8Array,
    at: number,
    start: number,
    end: number,
  ): void {
    const hole = position - this.#streams[way]
    if (hole < 0) {
      // told before: live capture looks at what adds up in the kernel, and the kernel's sum comes later
      const from = Math.min(start - hole, end)
      if (-hole < moved)
        this.#deliver(way, position - hole, moved + hole, (sequence - hole) >>> 0, bytes, at, from, end)
      return
    }
    if (hole > 0) this.#hole(way, hole, at)
    this.#streams[way] = position + moved
    this.#streams[baseOf[way]] = (sequence - position) >>> 0
    this.lastAt = at
    if (way !== this.#way && moved > 0) {
      this.#way = way
      // behind a hole it is not known where they began
      if (hole === 0 && this.search.wants(sequence)) this.#events.turned(this, way, sequence)
    }
    if (end > start) this.#push(way, bytes, at, start, end)
    if (moved > end - start) this.#gap(way, moved - (end - start), at)
  }

  #push(way: Way, chunk: Uint8Array, at: number, start: number, end: number): void {
    const state = this.#state
    if (state.kind === 'spoken') state.parser.push(sideOf(way, state.client), chunk, at, start, end)
    else if (state.kind === 'undecided') {
      this.#decide(state.beginning.push(way, chunk.subarray(start, end), at), state.beginning)
    }
  }

  /** Bytes moved unseen, some time before `at`: what they end, ended at a time that is not known. */
  #hole(way: Way, missing: number, at: number): void {
    this.#holeSeenAt = at
    this.#gap(way, missing, at)
    this.#holeSeenAt = null
  }

  #gap(way: Way, missing: number, at: number): void {
    const state = this.#state
    if (state.kind === 'spoken') {
      state.parser.gap(sideOf(way, state.client), missing, at, this.#holeSeenAt === null)
      this.#events.unsettled(this)
    } else if (state.kind === 'undecided') {
      this.#decide(state.beginning.gap(way, missing, at), state.beginning)
    }
  }

  #decide(verdict: Verdict | undefined, beginning: Undecided): void {
    if (verdict === undefined) return
    if (verdict.kind !== 'spoken') {
      this.#state = { kind: 'ignored' }
      this.#events.decided(this, verdict)
      return
    }
    const { traffic } = beginning
    if (traffic.dropped > 0) this.#events.droppedUndecided(traffic.dropped)
    const { client } = verdict
    const parser = this.#parserOf(verdict, beginning.isMidLife(verdict))
    this.#state = { kind: 'spoken', parser, client }
    this.#parserPosition = traffic.forgotten[client]
    this.#events.decided(this, verdict)
    for (const { way, bytes, length, at } of traffic.take()) {
      if (bytes === null) parser.gap(sideOf(way, client), length, at)
      else parser.push(sideOf(way, client), bytes, at)
    }
  }

  #parserOf({ protocol }: Spoken, midLife: boolean): Parser {
    const onExchange = (exchange: Exchange) => {
      if (this.#holeSeenAt !== null) {
        if (exchange.endedAt === this.#holeSeenAt) exchange.endedAt = null
        if (exchange.firstByteAt === this.#holeSeenAt) exchange.firstByteAt = null
      }
      if (!this.timed) exchange.endedAt = exchange.firstByteAt = null
      this.#events.exchange(this, exchange)
    }
    if (protocol === 'http') return new HttpParser(onExchange, { midlife: midLife })
    const { mysqlCounts: counts } = this.#events
    const onHeld = () => this.#events.unsettled(this)
    if (midLife) onHeld()
    return new MysqlParser(onExchange, { midLife, counts, onTls: () => this.#encrypted(), onHeld })
  }

  #encrypted(): void {
    this.#state = { kind: 'ignored' }
    this.#events.encrypted(this)
  }

  /** TCP sequence number of an exchange's first byte. */
  sequenceOf(exchange: Exchange): number {
    const base = this.#state.kind === 'spoken' ? this.#streams[baseOf[this.#state.client]] : 0
    return (base + this.#parserPosition + exchange.requestPosition) >>> 0
  }

  /** @param sent payload bytes that moved in all; null where the capture stopped first */
  close(sent: number | null, received: number | null, at: number): void {
    if (this.#held !== null) this.#release()
    const totals = [sent, received] as const
    for (const way of this.end === 'server' ? ([1, 0] as const) : ([0, 1] as const)) {
      const hole = (totals[way] ?? 0) - this.#streams[way]
      if (hole > 0) this.#hole(way, hole, at)
    }
    if (this.#state.kind === 'undecided') this.#decide(this.#state.beginning.end(), this.#state.beginning)
    if (this.#state.kind === 'spoken') {
      const { parser } = this.#state
      parser.end(at, sent === null)
      if (parser instanceof HttpParser) this.#events.httpCounts(parser.counts)
    }
    const { end } = this
    this.#state = { kind: 'closed', client: end === null ? null : end === 'client' ? 0 : 1 }
  }

  /** What was asked and is not answered yet. */
  unanswered(): readonly Exchange[] {
    return this.#state.kind === 'spoken' ? (this.#state.parser.unfinished?.() ?? []) : []
  }

  /** @returns whether it must be for longer */
  settle(at: number): boolean {
    return this.#state.kind === 'spoken' && this.#state.parser.settle?.(at) === true
  }
}

const baseOf = { 0: 2, 1: 3 } as const // place of a way's sequence number among the streams
