/**
 * Answers whose framing was lost: a gap hides where the server's packets begin, or a packet has no place in the answer.
 * What was pending ends when the client speaks again, with as much of its end as the last bytes prove.
 */
import {
  type CommandInFlight,
  isUnpaired,
  markIncomplete,
  markUnknown,
  markUnpaired,
  saysIncomplete,
} from './command-in-flight.ts'
import { mayHave } from './answer-forms.ts'
import { forgetsStatements } from './commands.ts'
import type { ConnectionParts } from './connection-parts.ts'
import type { ExecutionReader } from './execution.ts'
import type { Step } from './outcome.ts'
import { fullPart, headerBytes } from './packet-header.ts'
import type { PendingCommands } from './pending-commands.ts'
import { doubtSession } from './session.ts'
import { followUnread } from './session-change.ts'
import { closeByTail, closeUnknown } from './unread-answer.ts'

const gapInResponse = 'a gap in the response'

export class LostAnswers {
  readonly #pending: PendingCommands
  readonly #executions: ExecutionReader
  readonly #parts: ConnectionParts

  constructor(pending: PendingCommands, executions: ExecutionReader, parts: ConnectionParts) {
    this.#pending = pending
    this.#executions = executions
    this.#parts = parts
  }

  begin(reason = gapInResponse): void {
    const { server, session, tail } = this.#parts
    server.lose()
    tail.cut()
    if (session.pipelines) doubtSession(session, 'which answer is whose is not certain after a gap')
    // whatever is older than one that says so already has been told too
    for (const command of this.#pending.newestFirst()) {
      if (command.exchange.rowsReturned === null && saysIncomplete(command, reason)) break
      markUnknown(command)
      markIncomplete(command, reason)
    }
  }

  /** @returns whether this cannot be the command's own answer: then nothing tells whose they are */
  refutes(command: CommandInFlight, step: Step): boolean {
    const { pairing } = this.#pending
    if (pairing?.tries !== true || mayHave(command, step)) return false
    pairing.refuted()
    this.unpair()
    return true
  }

  /** Nothing tells whose the answers are that come. */
  unpair(): void {
    if (this.#pending.pairing?.unknown !== true) return
    doubtSession(this.#parts.session, 'which answer is whose is not certain')
    for (const command of this.#pending.newestFirst()) {
      if (isUnpaired(command)) break
      markUnpaired(command)
    }
    this.#parts.server.lose()
    this.#parts.tail.cut()
  }

  /** Bytes that could not be read packet by packet. */
  moved(at: number): void {
    const active = this.#pending.first
    if (active !== undefined) active.lastByteAt = at
  }

  /** The last bytes so far were not seen, and belong to no known packet. */
  missed(): void {
    this.#parts.tail.cut()
    const active = this.#pending.first
    if (active === undefined) return
    active.lastByteAt = null
    markUnknown(active)
    markIncomplete(active, gapInResponse)
  }

  /**
   * Bytes were missed at some time before: a client that waits for its answers had them to all commands but the last, and
   * where the last one's begins is not known.
   */
  missedLate(): void {
    const { session } = this.#parts
    const [, ...later] = this.#pending
    if (later.length === 0) return
    this.#pending.doubtCommands(session.pipelines)
    if (this.#pending.pairing?.unknown === true) return this.unpair()
    for (const next of later) {
      const command = this.#pending.first
      if (command === undefined) return
      closeUnknown(command)
      command.lastByteAt = command.exchange.responseBytes = next.exchange.responseBytes = null
      this.#endUncertain(command)
      this.answered(undefined, next.exchange.requestPosition)
    }
  }

  /** @returns the first command that is pending, if nothing of its answer was read */
  awaitAnswer(at: number): CommandInFlight | undefined {
    const active = this.#pending.first
    if (active === undefined || active.exchange.firstByteAt !== null) return undefined
    active.exchange.firstByteAt = at
    return active
  }

  /** The client speaks again, so what was pending has been answered, unseen. @param others commands may be answered too that were not seen. @param nextAt where it does, in its stream */
  endAll(others: boolean, nextAt: number): void {
    const alone = this.#pending.size === 1 && !others
    const { pipelines } = this.#parts.session
    for (let command = this.#pending.first; command !== undefined; command = this.#pending.first) {
      if (!alone || !closeByTail(command, this.#parts.tail)) {
        closeUnknown(command)
        this.#pending.doubtPairing(this.#pending.size > 1 || pipelines)
        // the rest of its answer may be still to come
        if (pipelines) command.lastByteAt = command.exchange.responseBytes = null
      }
      if (!alone || isUnpaired(command)) command.lastByteAt = command.exchange.responseBytes = null
      this.#endUncertain(command)
      this.answered(undefined, nextAt)
    }
  }

  /** What it may have changed is not known, unless it failed for certain. */
  #endUncertain(command: CommandInFlight): void {
    if (command.exchange.status === 'error') return
    if (forgetsStatements(command)) this.#parts.statements.clear()
    if (command.preparation !== null) this.#executions.unprepared(command)
    followUnread(this.#parts.session, command)
  }

  /** The connection has been quiet: an answer whose middle was not seen ends here, if its last bytes show an end. */
  settle(): void {
    const active = this.#pending.first
    if (!this.#parts.server.lost || active === undefined || this.#pending.size > 1) return
    if (!closeByTail(active, this.#parts.tail)) return
    this.#endUncertain(active)
    this.answered()
  }

  /** @param answerSeen the server spoke since the last command: whether it was answered is not known then */
  end(answerSeen: boolean): void {
    for (const command of this.#pending) {
      if (!this.#parts.server.lost || !answerSeen) break
      closeUnknown(command)
    }
    for (const { resultsCut } of this.#pending) if (resultsCut) this.#parts.counts.cutResults++
    this.#pending.unfinished(Math.round(this.#parts.server.position), this.#parts.server.lost)
  }

  /** The first pending command's answer is over. @param end of it in the server's stream */
  answered(end = Math.round(this.#parts.server.position), requestEnd = Math.round(this.#parts.client.position)): void {
    const command = this.#pending.first
    if (command?.resultsCut === true) this.#parts.counts.cutResults++
    if (command?.requestCut === true) this.#endRequest(command, requestEnd)
    this.#pending.answered(end)
    if (this.#pending.first !== undefined) this.#executeNext(this.#pending.first)
  }

  /** The client waited for the answer: whatever it sent until then was this. */
  #endRequest({ exchange }: CommandInFlight, end: number): void {
    const before = exchange.requestBytes
    exchange.requestBytes = end - exchange.requestPosition
    if (before % partBytes === 0)
      exchange.textLength += payloadOf(exchange.requestBytes) - payloadOf(before) - headerBytes
  }

  /** It was sent before this answer came, and is executed behind what this answer tells. */
  #executeNext(command: CommandInFlight): void {
    const { session } = this.#parts
    if (command.facts.response === 'authentication') return
    command.exchange.user = session.user
    command.exchange.database = session.database
    if (session.doubt !== null) markIncomplete(command, session.doubt)
  }
}

/** On the wire. */
const partBytes = headerBytes + fullPart

/** @param wire bytes of a packet with all its parts; the last one is not full */
function payloadOf(wire: number): number {
  return wire - headerBytes * (1 + Math.floor(wire / partBytes))
}
