/**
 * One MySQL or MariaDB connection: packets of both sides become exchanges. The phases are the manual's: the server's
 * greeting, the client's login, then commands, of which the login is the first, each answered in order.
 */
import type { OnExchange, Transport } from '../exchange.ts'
import type { Parser, Side } from '../parser.ts'
import { capability } from './capabilities.ts'
import { beginCommand, type CommandInFlight, markIncomplete, markUnknown } from './command-in-flight.ts'
import { command as code, commandFacts, isKnownCommand } from './commands.ts'
import { readEof } from './eof.ts'
import { readGreeting } from './greeting.ts'
import { type MysqlLimits, mysqlLimits, requestSlackBytes, serverPacketBytes } from './limits.ts'
import { readLogin } from './login.ts'
import { type Packet, PacketReader } from './packet-reader.ts'
import { PreparedStatements } from './prepared-statements.ts'
import { RequestReader } from './request.ts'
import { type AnswerReader, lacksOnlyEof, readAnswer } from './response.ts'
import { serverStatus } from './server-status.ts'
import { followSchema, freshSession, type Session } from './session.ts'
import { Tail } from './tail.ts'

type Phase =
  /** The server speaks first; what a client sends before is a proxy's header. */
  | 'greeting'
  | 'login'
  | 'commands'
  /** Encrypted or compressed: bytes are counted, not read. */
  | 'opaque'

export interface MysqlParserOptions {
  /** The connection was there before the capture: its greeting is not to come. */
  midLife?: boolean
  limits?: Partial<MysqlLimits>
}

/** How often a limit or a break was met. */
export interface MysqlCounts {
  /** Times that a side's packets were lost track of. */
  lostFraming: number
  /** Commands not followed, for too many were pending. */
  droppedCommands: number
  /** Server packets that answered nothing. */
  unsolicited: number
}

export class MysqlParser implements Parser {
  readonly counts: MysqlCounts = { lostFraming: 0, droppedCommands: 0, unsolicited: 0 }
  transport: Transport = 'plain'
  readonly #onExchange: OnExchange
  readonly #limits: MysqlLimits
  readonly #session: Session
  readonly #statements: PreparedStatements
  readonly #requests: RequestReader
  readonly #answers: AnswerReader
  readonly #client: PacketReader
  readonly #server: PacketReader
  readonly #tail = new Tail()
  readonly #pending: CommandInFlight[] = []
  #phase: Phase
  #lastSide: Side | undefined
  /** Where in the server's stream the answer to the first pending command begins. */
  #answerPosition = 0
  /** The server's bytes moved, seen or not, since the last command began. */
  #answerSeen = false

  constructor(onExchange: OnExchange, { midLife = false, limits = {} }: MysqlParserOptions = {}) {
    this.#onExchange = onExchange
    this.#limits = { ...mysqlLimits, ...limits }
    this.#session = freshSession(midLife)
    this.#statements = new PreparedStatements(this.#limits)
    this.#requests = new RequestReader(this.#session, this.#statements, this.#limits)
    this.#answers = {
      session: this.#session,
      onOk: (command, ok) => {
        if (command.facts === changeUser) this.#changeUser(command)
        if (command.facts === resetConnection) this.#statements.clear()
        followSchema(this.#session, ok, command.schema)
      },
      onPrepared: (command, id) => {
        this.#requests.lastPrepared = id
        if (command.preparing !== null) this.#statements.add(id, command.preparing)
      },
    }
    this.#client = new PacketReader(
      this.#limits.textBytes + requestSlackBytes,
      (packet) => this.#readClient(packet),
      () => this.counts.lostFraming++,
    )
    this.#server = new PacketReader(
      serverPacketBytes,
      (packet) => this.#readServer(packet),
      () => this.#loseAnswer('a gap in the response'),
    )
    this.#phase = midLife ? 'commands' : 'greeting'
    if (midLife) {
      this.#client.lose()
      this.#server.lose()
    }
  }

  push(side: Side, bytes: Uint8Array, at: number): void {
    if (this.#phase === 'opaque' || bytes.length === 0) return
    if (side === 'client') {
      if (this.#phase === 'greeting') {
        this.#client.position += bytes.length
        return
      }
      if (this.#lastSide !== 'client') this.#beginClientRun()
      this.#client.push(bytes, at)
      return
    }
    if (this.#lastSide !== 'server') this.#beginServerRun(at)
    this.#answerSeen = true
    const framed = this.#server.push(bytes, at)
    if (!this.#server.lost) return
    this.#tail.push(framed === 0 ? bytes : bytes.subarray(framed))
    const active = this.#pending[0]
    if (active !== undefined) active.lastByteAt = at
  }

  gap(side: Side, missing: number, at: number): void {
    if (this.#phase === 'opaque' || missing === 0) return
    this.#lastSide = side
    if (side === 'client') {
      this.#client.gap(missing, at)
      return
    }
    this.#answerSeen = true
    this.#server.gap(missing, at)
    if (!this.#server.lost) return
    this.#tail.cut()
    const active = this.#pending[0]
    if (active !== undefined) active.lastByteAt = null
  }

  end(at: number): void {
    this.settle(at)
    for (const command of this.#pending.splice(0)) this.#emit(command)
  }

  /** The connection has been quiet: an answer whose middle was not seen ends here, if its last bytes show an end. */
  settle(_at: number): void {
    const active = this.#pending[0]
    if (!this.#server.lost || active === undefined || this.#pending.length > 1) return
    if (this.#closeByTail(active)) this.#answered(active)
  }

  /** Requests follow answers: where the client's packets were lost track of, its next ones begin here. */
  #beginClientRun(): void {
    this.#lastSide = 'client'
    if (this.#client.lost) this.#client.probe(0)
  }

  #beginServerRun(at: number): void {
    this.#lastSide = 'server'
    const active = this.#pending[0]
    if (!this.#server.lost || active === undefined) return
    if (this.#pending.length > 1 || active.exchange.firstByteAt !== null) return
    this.#server.probe(active.sequence)
    active.exchange.firstByteAt = at
  }

  #readClient(packet: Packet): void {
    if (this.#phase === 'login') {
      this.#readLogin(packet)
      return
    }
    const active = this.#pending[0]
    if (active !== undefined && continuesRequest(active)) {
      if (packet.length === 0) active.left = 1
      active.exchange.requestBytes += this.#client.position - packet.position
      active.sequence = (packet.lastSequence + 1) & 0xff
      return
    }
    const number = packet.bytes[packet.start] ?? 0
    if (packet.sequence !== 0 || packet.length === 0 || (this.#session.joinedInMidLife && !isKnownCommand(number))) {
      this.counts.lostFraming++
      this.#client.lose()
      return
    }
    if (packet.start === packet.end) return // its code lies in a gap
    this.#begin(this.#requests.read(packet, this.transport), packet)
  }

  #readLogin(packet: Packet): void {
    const login = readLogin(packet.bytes, packet.start, packet.end, packet.length)
    if (login === undefined) {
      this.#rejoin()
      return
    }
    if (login.kind === 'ssl-request') {
      this.transport = 'tls'
      this.#phase = 'opaque'
      return
    }
    const session = this.#session
    session.capabilities = ((session.capabilities ?? 0) & login.capabilities) >>> 0
    session.deprecateEof = (session.capabilities & capability.CLIENT_DEPRECATE_EOF) !== 0
    session.user = login.user
    session.database = login.database
    this.#phase = 'commands'
    const command = beginCommand(connect, session, this.transport, packet.startedAt, packet.position)
    command.expected = 'authentication'
    command.sequence = (packet.lastSequence + 1) & 0xff
    this.#begin(command, packet)
  }

  #begin(command: CommandInFlight, packet: Packet): void {
    command.exchange.requestBytes = this.#client.position - packet.position
    const active = this.#pending[0]
    if (active !== undefined && lacksOnlyEof(active, this.#answers)) {
      this.#session.deprecateEof = true
      active.exchange.status = 'ok'
      this.#answered(active)
    }
    if (this.#server.lost && this.#answerSeen) this.#endUnread()
    this.#answerSeen = false
    if (command.facts.response === 'none') {
      command.exchange.status = 'unanswered'
      this.#emit(command)
      return
    }
    if (this.#pending.length >= this.#limits.pendingCommands) {
      this.counts.droppedCommands++
      this.#loseAnswer('more commands pending than are followed')
      return
    }
    if (this.#pending.length === 0) this.#answerPosition = this.#server.position
    this.#pending.push(command)
  }

  #readServer(packet: Packet): void {
    if (this.#phase === 'greeting') {
      this.#readGreeting(packet)
      return
    }
    const active = this.#pending[0]
    if (active === undefined) {
      this.#answerPosition = this.#server.position
      if (this.#phase === 'login') this.#refused(packet)
      else this.counts.unsolicited++
      return
    }
    const isErr = packet.bytes[packet.start] === 0xff
    if (packet.sequence !== active.sequence && !isErr) {
      if (lacksOnlyEof(active, this.#answers) && this.#pending.length > 1) {
        this.#session.deprecateEof = true
        active.exchange.status = 'ok'
        this.#answered(active, packet.position)
        this.#readServer(packet)
      } else this.#misframed()
      return
    }
    active.sequence = (packet.lastSequence + 1) & 0xff
    active.exchange.firstByteAt ??= packet.startedAt
    active.lastByteAt = packet.endedAt
    const step = readAnswer(active, packet, this.#answers)
    if (step === 'misframed') this.#misframed()
    if (step !== 'answered') return
    this.#answered(active)
    if (active.facts === connect && active.exchange.status === 'ok') this.#afterLogin()
  }

  #readGreeting(packet: Packet): void {
    const greeting = readGreeting(packet.bytes, packet.start, packet.end)
    if (greeting === undefined) {
      this.#refused(packet)
      return
    }
    Object.assign(this.#session, greeting)
    this.#phase = 'login'
  }

  /** The server speaks where it should wait for a login: an error tells why it does not want us. */
  #refused(packet: Packet): void {
    const command = beginCommand(connect, this.#session, this.transport, packet.startedAt, this.#client.position)
    command.exchange.firstByteAt = packet.startedAt
    command.lastByteAt = packet.endedAt
    this.#answerPosition = packet.position
    const isErr = packet.bytes[packet.start] === 0xff
    if (isErr && readAnswer(command, packet, this.#answers) === 'answered') {
      this.#pending.push(command)
      this.#answered(command)
    }
    this.#rejoin()
  }

  /** From here on the connection is as one joined in mid-life: commands are found where they can be proven. */
  #rejoin(): void {
    this.#phase = 'commands'
    this.#session.joinedInMidLife = true
    this.#client.lose()
    this.#server.lose()
  }

  #afterLogin(): void {
    const capabilities = this.#session.capabilities ?? 0
    const compressing = capability.CLIENT_COMPRESS | capability.CLIENT_ZSTD_COMPRESSION_ALGORITHM
    if ((capabilities & compressing) === 0) return
    this.transport = 'compressed'
    this.#phase = 'opaque'
  }

  #changeUser(command: CommandInFlight): void {
    this.#session.user = command.user
    this.#session.database = null
    this.#statements.clear()
  }

  #misframed(): void {
    this.#server.lose()
    this.#loseAnswer('the response could not be followed')
  }

  #loseAnswer(reason: string): void {
    this.counts.lostFraming++
    this.#server.lose()
    this.#tail.cut()
    const active = this.#pending[0]
    if (active === undefined) return
    markUnknown(active)
    markIncomplete(active, reason)
  }

  /** The client speaks again, so what was pending has been answered, unseen. */
  #endUnread(): void {
    const alone = this.#pending.length === 1
    for (const command of [...this.#pending]) {
      if (!alone || !this.#closeByTail(command)) {
        markUnknown(command)
        markIncomplete(command, 'a gap in the response')
        command.exchange.status = null
        if (!alone) command.lastByteAt = null
      }
      this.#answered(command)
    }
  }

  /** @returns whether the last bytes seen end a result */
  #closeByTail(command: CommandInFlight): boolean {
    const closing = this.#tail.closingPacket()
    if (closing === undefined || (command.facts.response !== 'results' && command.facts.response !== 'rows'))
      return false
    // an OK has its status behind two zeros; an EOF behind its warnings
    const { status, warnings } = readEof(closing, closing.length > 5 ? 2 : 0, closing.length)
    const [flags, warned] = closing.length > 5 ? [warnings, status] : [status, warnings]
    if (flags === null || (flags & serverStatus.SERVER_MORE_RESULTS_EXISTS) !== 0) return false
    command.exchange.serverStatus = flags
    command.exchange.warnings = warned
    command.exchange.status = 'ok'
    return true
  }

  /** @param end of the answer in the server's stream */
  #answered(command: CommandInFlight, end = this.#server.position): void {
    this.#pending.shift()
    command.exchange.endedAt = command.lastByteAt
    command.exchange.responseBytes = end - this.#answerPosition
    this.#answerPosition = end
    this.#onExchange(command.exchange)
  }

  #emit(command: CommandInFlight): void {
    if (command.exchange.status === 'unfinished') {
      command.exchange.responseBytes = this.#server.position - this.#answerPosition
      this.#answerPosition = this.#server.position
    }
    this.#onExchange(command.exchange)
  }
}

const connect = commandFacts(0x0b)
const changeUser = commandFacts(code.COM_CHANGE_USER)
const resetConnection = commandFacts(code.COM_RESET_CONNECTION)

/** Packets of the client that are no commands: a file's bytes up to an empty packet, a further step of an authentication. */
function continuesRequest(command: CommandInFlight): boolean {
  return (command.expected === 'local-infile' && command.left === 0) || command.expected === 'authentication'
}
