/**
 * One MySQL or MariaDB connection: bytes of both sides become exchanges. Bytes go through what lies around the packets (a
 * proxy's header, compression), then through the packets, to the phase that the connection is in.
 */
import type { MysqlExchange, OnExchange, Transport } from '../exchange.ts'
import type { Parser, Side } from '../parser.ts'
import { CommandPhase } from './command-phase.ts'
import {
  freshCounts,
  type MysqlCounts,
  mysqlLimits,
  requestSlackBytes,
  serverPacketBytes,
  sharedTextBytes,
} from './limits.ts'
import { passCounted } from './counted-packets.ts'
import { compresses, connect, greet, logIn, refusal } from './login-phase.ts'
import type { Packet, PacketSink } from './packet.ts'
import type { MysqlParserOptions } from './mysql-parser-options.ts'
import { PacketReader } from './packet-reader.ts'
import type { ExchangeReceiver } from './pending-commands.ts'
import { PreparedStatements } from './prepared-statements.ts'
import { freshSession, joinedInMidLife, type Session } from './session.ts'
import { StatementTexts } from './statement-texts.ts'
import { Tail } from './tail.ts'
import { Wire } from './wire.ts'

type Phase =
  /** The server speaks first; what a client sends before is a proxy's header. */
  | 'greeting'
  | 'login'
  | 'commands'
  /** Encrypted: bytes are counted, not read. */
  | 'tls'

const ignore = () => {}
/** Of a program's connections, unless it says otherwise. */
const sharedTexts = new StatementTexts(sharedTextBytes)

export class MysqlParser implements Parser, PacketSink, ExchangeReceiver {
  readonly counts: MysqlCounts
  transport: Transport = 'plain'
  readonly #session: Session
  readonly #statements: PreparedStatements
  readonly #commands: CommandPhase
  readonly #client: PacketReader
  readonly #wire: Wire
  readonly #tail = new Tail()
  readonly #onExchange: OnExchange
  #onTls: () => void
  readonly #onHeld: () => void
  #phase: Phase
  #lastSide: Side | undefined

  constructor(
    onExchange: OnExchange,
    {
      midLife = false,
      limits: given,
      counts = freshCounts(),
      texts = sharedTexts,
      onTls = ignore,
      onHeld = ignore,
    }: MysqlParserOptions = {},
  ) {
    const limits = given === undefined ? mysqlLimits : { ...mysqlLimits, ...given }
    this.counts = counts
    this.#onExchange = onExchange
    this.#onTls = onTls
    this.#onHeld = onHeld
    this.#session = freshSession(midLife)
    this.#statements = new PreparedStatements(texts, limits)
    this.#client = new PacketReader('client', limits.textBytes + requestSlackBytes, this)
    const server = new PacketReader('server', serverPacketBytes, this)
    this.#wire = new Wire(this.#client, server, limits)
    this.#commands = new CommandPhase({
      receiver: this,
      session: this.#session,
      statements: this.#statements,
      limits,
      counts,
      client: this.#client,
      wire: this.#wire,
      server,
      tail: this.#tail,
    })
    this.#phase = midLife ? 'commands' : 'greeting'
    if (midLife) this.#wire.join()
    else this.#wire.begin()
  }

  push(side: Side, bytes: Uint8Array, at: number, start = 0, end = bytes.length): void {
    if (this.#phase === 'tls' || start === end) return
    if (side === 'client') this.#pushClient(bytes, at, start, end)
    else this.#pushServer(bytes, at, start, end)
  }

  #pushClient(bytes: Uint8Array, at: number, start: number, end: number): void {
    if (this.#phase === 'greeting') return this.#wire.passClient(bytes.subarray(start, end))
    if (this.#lastSide !== 'client') {
      this.#lastSide = 'client'
      const loginUnread = this.#wire.serverLost && this.#commands.pending.first?.facts === connect
      if (loginUnread && compresses(this.#session)) this.#wire.doubt()
      this.#wire.beginClientRun()
    }
    this.#wire.pushClient(bytes, at, start, end)
    if (this.#wire.compressed) this.transport = 'compressed'
  }

  #pushServer(bytes: Uint8Array, at: number, start: number, end: number): void {
    this.#lastSide = 'server'
    const active = this.#commands.answers(at)
    if (active !== undefined) this.#wire.beginAnswer(active.sequence)
    this.#wire.pushServer(bytes, at, start, end)
  }

  gap(side: Side, missing: number, at: number, timed = true): void {
    if (this.#phase === 'tls' || missing === 0) return
    this.#lastSide = side
    const held = this.#commands.pending.pairing?.held ?? 0
    if (side === 'client') this.#wire.gapClient(missing, at)
    else {
      if (!timed) this.#commands.lost.missedLate()
      this.#commands.sawAnswer(at)
      this.#wire.gapServer(missing, at)
      if (this.#wire.serverLost) this.#commands.lost.missed()
    }
    if (!timed) this.#commands.pending.pairing?.untime(held, at)
  }

  end(_at: number): void {
    this.#wire.end()
    this.#commands.end()
    this.counts.cutFrames += this.#wire.cutFrames
    this.counts.denseFrames += this.#wire.denseFrames
    this.counts.droppedStatements += this.#statements.dropped
    this.counts.droppedLongData += this.#statements.longData?.dropped ?? 0
    this.#statements.clear()
  }

  settle(at: number): boolean {
    return this.#commands.settle(at)
  }

  heldBack(): void {
    this.#onHeld()
  }

  /** What was sent and is not answered yet, as far as it has come. */
  unfinished(): MysqlExchange[] {
    if (this.#commands.pending.size === 0) return []
    return [...this.#commands.pending].filter(({ hidden }) => !hidden).map(({ exchange }) => exchange)
  }

  /** How much of it is in memory, to be held against the limits. */
  get held(): { commands: number; statements: number; bytes: number } {
    const { size, longData } = this.#statements
    return { commands: this.#commands.pending.size, statements: size, bytes: this.#wire.held + (longData?.bytes ?? 0) }
  }

  exchange(exchange: MysqlExchange): void {
    if (exchange.status === 'ok' && exchange.endedAt !== null) this.#wire.settle()
    this.#onExchange(exchange)
  }

  packet(side: Side, packet: Packet): void {
    if (side === 'client') this.#readClient(packet)
    else this.#readServer(packet)
  }

  pass(side: Side, bytes: Uint8Array, start: number, end: number, at: number, firstAt: number): number {
    const command = side === 'client' ? undefined : this.#commands.pending.first
    return command === undefined ? 0 : passCounted(command, this.#session, bytes, start, end, at, firstAt)
  }

  lost(side: Side): void {
    if (this.#phase !== 'commands') this.#rejoin()
    else if (side === 'client') this.#commands.loseClient()
    else this.#commands.loseServer()
  }

  unframed(side: Side, bytes: Uint8Array, from: number, end: number, at: number): void {
    if (side === 'client') return
    if (from < end) this.#tail.push(bytes.subarray(from, end))
    this.#commands.lost.moved(at)
  }

  #readClient(packet: Packet): void {
    if (this.#phase === 'commands') {
      this.#commands.readClient(packet, this.#wire.compressed ? 'compressed' : 'plain')
      return
    }
    this.#session.proxied = this.#wire.proxied
    const login = logIn(this.#session, packet, this.transport)
    if (login === undefined) {
      this.#rejoin()
    } else if (login === 'tls') {
      this.transport = 'tls'
      this.#phase = 'tls'
      this.#onTls()
    } else {
      this.#phase = 'commands'
      this.#onTls = ignore
      this.#commands.begin(login, packet)
    }
  }

  #readServer(packet: Packet): void {
    switch (this.#phase) {
      case 'greeting':
        if (greet(this.#session, packet)) this.#phase = 'login'
        else this.#refuse(packet)
        break
      case 'login':
        this.#refuse(packet)
        break
      case 'commands': {
        const finished = this.#commands.readServer(packet)
        const loggedIn = finished?.facts === connect && finished.exchange.status === 'ok'
        if (finished?.exchange.status === 'ok') this.#wire.settle()
        if (loggedIn && compresses(this.#session)) this.#wire.compress()
        break
      }
      case 'tls':
        break
    }
  }

  /** The server speaks where it should greet, or wait for a login. */
  #refuse(packet: Packet): void {
    const command = refusal(this.#session, packet, this.transport, this.#client.position)
    if (command !== undefined) {
      this.#commands.pending.add(command, packet.position)
      this.#commands.readServer(packet)
    }
    this.#rejoin()
  }

  /** From here on the connection is as one joined in mid-life: commands are found where they can be proven. */
  #rejoin(): void {
    this.#phase = 'commands'
    this.#session.proxied = this.#wire.proxied
    // so far they are what the server can
    this.#session.capabilities = undefined
    this.#session.doubt = joinedInMidLife
    this.#wire.join()
    this.#commands.join()
  }
}
