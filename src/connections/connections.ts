/** All connections of a capture, by id: takes what a source tells, joins the two ends of one connection, gives out exchanges. */
import type { Verdict } from '../../parsers/detection.ts'
import type { Exchange } from '../../parsers/exchange.ts'
import { noHttpCounts } from '../../parsers/http/limits.ts'
import { freshCounts } from '../../parsers/mysql/limits.ts'
import type { Direction, Losses, Opened, SourceSink, Translated } from '../capture/source.ts'
import type { ProcessIdentity } from '../kubernetes/process-identity.ts'
import { Connection } from './connection.ts'
import { type ConnectionCounts, noConnections } from './connection-counts.ts'
import type { ConnectionEvents } from './connection-events.ts'
import { endsOf, type Identities } from './ends.ts'
import type { ExchangeSink } from './exchange-sink.ts'
import { Pairing } from './pairing.ts'
import { type Unanswered, unansweredOf } from './unanswered.ts'
import { likelySpoken, type PortProtocols, spokenBy } from './port-protocols.ts'

/** A connection is quiet after so long, in nanoseconds of the capture. */
const quietNs = 100e6
const tickNs = 50e6
const noId = -1

export interface ConnectionsOptions {
  sink: ExchangeSink
  /** Called for a connection that speaks nothing of interest. */
  ignore: (connection: number) => void
  /** Ports whose protocol is not asked of the bytes. */
  decode?: PortProtocols
}

export class Connections implements SourceSink {
  readonly counts: ConnectionCounts = { ...noConnections }
  readonly #ignore: (connection: number) => void
  readonly #decode: PortProtocols
  readonly #byId = new Map<number, Connection>()
  readonly #pairing: Pairing
  readonly #unsettled = new Set<Connection>()
  readonly #events: ConnectionEvents
  readonly #mysqlCounts = freshCounts()
  readonly #httpCounts = noHttpCounts()
  #undecidedBytes = 0
  #disordered = 0
  #nextTick = 0
  /** Of the connection opened last: a process's connections share them. */
  #identities: Identities = { own: null, peer: null }
  /** The connection that bytes came for last. */
  #last: Connection | undefined
  #lastId = noId

  constructor({ sink, ignore, decode = new Map() }: ConnectionsOptions) {
    this.#pairing = new Pairing(sink, ({ opened }) => this.#byId.has(opened.connection))
    this.#decode = decode
    this.#ignore = ignore
    this.#events = {
      mysqlCounts: this.#mysqlCounts,
      httpCounts: (counts) => {
        const sum = this.#httpCounts
        sum.losses += counts.losses
        sum.overflowedRequests += counts.overflowedRequests
        sum.longHeads += counts.longHeads
        sum.cutTexts += counts.cutTexts
        sum.strayBytes += counts.strayBytes
      },
      droppedUndecided: (bytes) => {
        this.#undecidedBytes += bytes
      },
      disordered: () => {
        this.#disordered++
      },
      exchange: (connection, exchange) => this.#exchange(connection, exchange),
      turned: (connection, way, sequence) => this.#pairing.turned(connection, way, sequence),
      decided: (connection, verdict) => this.#decided(connection, verdict),
      encrypted: ({ opened }) => {
        this.counts.mysqlOverTls++
        this.#ignore(opened.connection)
      },
      unsettled: (connection) => this.#unsettled.add(connection),
    }
  }

  opened(opened: Opened, identity: ProcessIdentity | null, peer: ProcessIdentity | null = null): void {
    const ports = { forced: spokenBy(opened, this.#decode), likely: likelySpoken(opened) }
    if (identity !== this.#identities.own || peer !== this.#identities.peer) this.#identities = { own: identity, peer }
    const connection = new Connection(opened, this.#identities, this.#events, ports)
    this.counts.opened++
    this.#byId.set(opened.connection, connection)
    this.#lastId = noId
  }

  moved(
    id: number,
    direction: Direction,
    position: number,
    moved: number,
    sequence: number,
    sendInFlight: boolean,
    bytes: Uint8Array,
    at: number,
    start = 0,
    end = bytes.length,
  ): void {
    // a recording has no ticks of its own
    if (at >= this.#nextTick) this.tick(at)
    else this.#pairing.passed(at)
    const connection = this.#find(id)
    if (connection === undefined) {
      this.counts.unknown++
      return
    }
    // its place among the verdicts was taken by a later connection
    if (connection.ignored) this.#ignore(id)
    else connection.moved(direction, position, moved, sequence, sendInFlight, bytes, at, start, end)
  }

  untimed(id: number): void {
    const connection = this.#find(id)
    if (connection !== undefined) connection.timed = false
  }

  translated(id: number, translated: Translated): void {
    const connection = this.#find(id)
    if (connection === undefined) return
    connection.translated = translated
    if (connection.ends !== null) connection.ends = endsOf(connection)
  }

  closed(id: number, sent: number, received: number, at: number): void {
    const connection = this.#byId.get(id)
    if (connection === undefined) return
    connection.close(sent, received, at)
    this.#forget(id, connection)
  }

  tick(at: number): void {
    this.#nextTick = at + tickNs
    for (const connection of this.#unsettled) {
      if (at - connection.lastAt < quietNs) continue
      if (!connection.settle(at)) this.#unsettled.delete(connection)
    }
    this.#pairing.tick(at)
  }

  /** The capture stops: whatever is pending leaves. */
  end(at: number): void {
    for (const [id, connection] of this.#byId) {
      connection.close(null, null, at)
      this.#forget(id, connection)
    }
    this.#pairing.end()
  }

  /** @param startedBy only what began up to then, in nanoseconds since the capture began */
  unanswered(startedBy: number): Unanswered[] {
    return unansweredOf(this.#byId.values(), startedBy)
  }

  /** What was lost after the kernel, by cause. */
  losses(): Losses {
    const mysql = this.#mysqlCounts
    const http = this.#httpCounts
    return {
      recordsOfUnknownConnections: this.counts.unknown,
      lostFraming: mysql.lostFraming + http.losses,
      droppedRequests: mysql.droppedCommands + http.overflowedRequests,
      droppedStatements: mysql.droppedStatements,
      droppedLongData: mysql.droppedLongData,
      cutFrames: mysql.cutFrames,
      denseFrames: mysql.denseFrames,
      cutTexts: mysql.cutTexts + http.cutTexts,
      cutParameters: mysql.cutParameters,
      cutResults: mysql.cutResults,
      droppedSessionStates: mysql.droppedSessionStates,
      longHeads: http.longHeads,
      unsolicitedAnswers: mysql.unsolicited,
      strayBytes: http.strayBytes,
      undecidedBytes: this.#undecidedBytes,
      disorderedReceives: this.#disordered,
    }
  }

  #find(id: number): Connection | undefined {
    if (this.#lastId === id) return this.#last
    const connection = this.#byId.get(id)
    this.#lastId = id
    this.#last = connection
    return connection
  }

  #forget(id: number, connection: Connection): void {
    this.#byId.delete(id)
    this.#unsettled.delete(connection)
    this.#lastId = noId
    this.#pairing.forget(connection)
  }

  #decided(connection: Connection, verdict: Verdict): void {
    if (verdict.kind === 'spoken') {
      this.counts[verdict.protocol]++
      connection.ends = endsOf(connection)
      return
    }
    this.counts[verdict.kind === 'tls' ? 'tls' : 'other']++
    this.#ignore(connection.opened.connection)
  }

  #exchange(connection: Connection, exchange: Exchange): void {
    if ((exchange.proxied ?? null) !== connection.proxied) {
      connection.proxied = exchange.proxied ?? null
      connection.ends = endsOf(connection)
      connection.bothEnds = null
    }
    this.#pairing.exchange(connection, exchange)
  }
}
