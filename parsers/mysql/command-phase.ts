/**
 * The command phase (manual): the client's packets become commands, the server's packets their answers, each answered in
 * order. Where a side's packets were lost track of, the other side tells where the next exchange begins.
 */
import type { Transport } from '../exchange.ts'
import { anySequence, type CommandInFlight, continuesRequest, markIncomplete } from './command-in-flight.ts'
import { forgetsStatements, mayBeCommand } from './commands.ts'
import type { ConnectionParts } from './connection-parts.ts'
import { LostAnswers } from './lost-answers.ts'
import type { Ok } from './ok.ts'
import type { AnswerReader } from './outcome.ts'
import { mayGoOn, type Packet } from './packet.ts'
import { PendingCommands } from './pending-commands.ts'
import { lacksOnlyEof } from './prepare-response.ts'
import { RequestReader } from './request.ts'
import { readAnswer } from './response.ts'
import { followOk, followStatements } from './session-change.ts'
import { doubtSession, type Session } from './session.ts'
import { noteSessionState } from './session-state.ts'
import { changesNothing, mayBeOk, UnseenCommands } from './unseen-commands.ts'

const headerErr = 0xff

export class CommandPhase implements AnswerReader {
  readonly pending: PendingCommands
  readonly #parts: ConnectionParts
  readonly lost: LostAnswers
  readonly #requests: RequestReader
  /** The server's bytes moved, seen or not, since the last command began. */
  #answerSeen = false
  /** They did not, since the first command that is pending. */
  #unanswered = false
  /** Undefined: none was ever missed. */
  #unseen: UnseenCommands | undefined

  constructor(parts: ConnectionParts) {
    this.#parts = parts
    this.pending = new PendingCommands(parts.receiver)
    this.#requests = new RequestReader(parts)
    this.lost = new LostAnswers(this.pending, this.#requests.executions, parts)
    if (parts.session.doubt !== null) this.join()
  }

  /** What was before is not known. */
  join(): void {
    this.#parts.statements.joined = true
    this.pending.join()
  }

  get session(): Session {
    return this.#parts.session
  }

  onOk(command: CommandInFlight, ok: Ok, ofRows: boolean): void {
    const { session, statements, limits, counts } = this.#parts
    if (forgetsStatements(command)) statements.clear()
    if (ok.state !== null) noteSessionState(command, ok.state, limits, counts)
    followOk(session, command, ok, ofRows)
  }

  onPrepared(command: CommandInFlight, id: number, parameters: number): void {
    this.#requests.executions.prepared(command, id, parameters, this.pending)
  }

  /** The server's bytes moved, seen or not. */
  sawAnswer(at: number): void {
    this.#answerSeen = true
    this.#unanswered = false
    this.pending.pairing?.moved(at)
  }

  /**
   * The server's bytes are here.
   * @returns where its packets were lost track of: the command that it can only answer from the first of these bytes on
   */
  answers(at: number): CommandInFlight | undefined {
    // behind a gap the first command may have been answered before the next was sent
    if (!this.#answerSeen && this.pending.size > 1) {
      this.session.pipelines = true
      this.pending.pairing?.pipelined()
      this.lost.unpair()
    }
    // what came or was missed before may have been the answer, and this is one to a command that was not seen
    const isFirst = this.#unanswered && this.pending.pairing?.unknown !== true
    this.sawAnswer(at)
    return isFirst && this.#parts.server.lost ? this.lost.awaitAnswer(at) : undefined
  }

  readClient(packet: Packet, transport: Transport): void {
    const { client, session } = this.#parts
    const active = this.pending.first
    const isLoginsNext = active?.expected === 'authentication' && packet.sequence === 0
    if (active !== undefined && continuesRequest(active) && !isLoginsNext) {
      if (packet.length === 0) active.left = 1
      active.exchange.requestBytes += Math.round(client.position) - packet.position
      if (active.sequence !== anySequence) active.sequence = (packet.lastSequence + 1) & 0xff
      return
    }
    const number = packet.bytes[packet.start] ?? 0
    const isDoubtful = session.doubt !== null && !mayBeCommand(number, packet.length, packet.bytes[packet.start + 1])
    if (packet.sequence !== 0 || packet.length === 0 || (isDoubtful && packet.start < packet.end)) {
      client.lose()
      this.loseClient()
      return
    }
    // its code lies in a gap
    if (packet.start === packet.end) this.loseClient()
    else {
      // what was not seen of earlier answers may change what is known of the session
      this.#endBeforeNext(packet)
      this.begin(this.#requests.read(packet, transport), packet)
    }
  }

  begin(command: CommandInFlight, packet: Packet): void {
    const { client, server, session, counts, limits, tail } = this.#parts
    // the last bytes so far end an earlier answer
    if (this.pending.size === 0) tail.cut()
    command.exchange.requestBytes = Math.round(client.position) - packet.position
    command.requestCut = mayGoOn(packet) && !session.pipelines
    if (command.exchange.transport === 'compressed' || command.expected === 'stream') command.sequence = anySequence
    this.#answerSeen = false
    if (command.facts.response === 'none') return this.pending.unanswered(command)
    if (this.pending.size === 0) this.#unanswered = true
    this.pending.pairing?.begun(packet.startedAt, this.pending.size === 0)
    this.pending.release()
    this.#unseen?.precede(command, this.pending.size === 0)
    if (this.pending.size >= limits.pendingCommands) {
      counts.droppedCommands++
      this.lost.begin('more commands pending than are followed')
      return
    }
    this.pending.add(command, Math.round(server.position))
    this.lost.unpair()
  }

  /** The client speaks again, which ends what only waited for that. */
  #endBeforeNext({ position }: Packet): void {
    const { server, session } = this.#parts
    const active = this.pending.first
    if (active !== undefined && lacksOnlyEof(active, this)) {
      session.deprecateEof = true
      active.exchange.status = 'ok'
      this.lost.answered()
    }
    const isUnread = server.lost || this.pending.first?.expected === 'anything'
    if (isUnread && this.#unseen?.possible === true) this.#doubt('a gap hides what a command changed')
    if (isUnread && this.#answerSeen) this.lost.endAll(this.#unseen?.possible === true, position)
    if (this.pending.first?.hidden === true) {
      this.#doubt('an answer to an unseen command was not understood')
      this.lost.answered()
    }
    this.#unseen?.over()
  }

  /** @returns the command whose answer this packet ended */
  readServer(packet: Packet): CommandInFlight | undefined {
    const { counts, session } = this.#parts
    const active = this.pending.first ?? this.#cutCommand(packet) ?? this.#hiddenCommand(packet)
    if (active === undefined) {
      counts.unsolicited++
      this.#unseen?.answered()
      if (packet.sequence !== 0 && this.#unseen?.possible !== true) this.pending.pairing?.refuted()
      return undefined
    }
    const isUnasked = packet.sequence === 0 && packet.bytes[packet.start] === headerErr
    if (packet.sequence !== active.sequence && active.sequence !== anySequence && !isUnasked) {
      if (lacksOnlyEof(active, this) && this.pending.size > 1) {
        session.deprecateEof = true
        active.exchange.status = 'ok'
        this.lost.answered(packet.position)
        return this.readServer(packet)
      }
      this.#misframed()
      return undefined
    }
    if (active.sequence !== anySequence) active.sequence = (packet.lastSequence + 1) & 0xff
    active.exchange.firstByteAt ??= packet.startedAt
    active.lastByteAt = packet.endedAt
    const step = readAnswer(active, packet, this)
    if (this.lost.refutes(active, step)) return undefined
    if (step === 'misframed') {
      if (active.hidden && changesNothing(packet)) this.lost.answered()
      else this.#misframed()
    }
    if (step !== 'answered') return undefined
    if (active.exchange.results !== null) followStatements(session, active)
    if (active.hidden && mayBeOk(active)) this.#doubt('an answer to an unseen command was not understood')
    this.lost.answered()
    return active
  }

  /** A part of a command may have been lost, and the hole is not known before the client's next bytes: its answer tells. */
  #cutCommand(packet: Packet): CommandInFlight | undefined {
    if (packet.sequence !== 0 && !this.#parts.client.lost) this.#parts.wire.cutClient(packet)
    this.pending.answerBegins(packet.position)
    return this.pending.first
  }

  /** An answer without its command: it is read for what it changes. */
  #hiddenCommand(packet: Packet): CommandInFlight | undefined {
    const command = this.#unseen?.commandOf(packet)
    if (command !== undefined) this.pending.add(command, packet.position)
    return command
  }

  /** The client's packets were lost track of. */
  loseClient(): void {
    const { counts, session } = this.#parts
    counts.lostFraming++
    this.#unseen ??= new UnseenCommands(session)
    this.#unseen.begin()
    this.#requests.executions.doubt()
    this.pending.doubtCommands(session.pipelines)
    if (session.pipelines) this.#doubt('which answer is whose is not certain after a gap')
    const active = this.pending.first
    if (active === undefined || !continuesRequest(active)) return
    active.sequence = anySequence
    active.requestCut = true
    markIncomplete(active, 'a gap in the request')
  }

  /** A gap hides a part of the server's bytes, and where its next packet begins. */
  loseServer(): void {
    this.#parts.counts.lostFraming++
    if (this.#unseen?.possible === true && this.pending.size === 0) this.#doubt('a gap hides what a command changed')
    this.lost.begin('a gap in the response')
  }

  #misframed(): void {
    this.#parts.counts.lostFraming++
    this.lost.begin('the response could not be followed')
  }

  /** The connection has been quiet. @returns whether it may have to be for longer */
  settle(at: number): boolean {
    if (this.#unseen?.possible !== true) this.lost.settle()
    return this.pending.releaseQuiet(at)
  }

  end(): void {
    if (this.#unseen?.possible !== true) this.lost.settle()
    this.lost.end(this.#answerSeen)
    this.pending.releaseAll()
  }

  #doubt(reason: string): void {
    doubtSession(this.session, reason)
  }
}
