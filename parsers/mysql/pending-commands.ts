/** The commands that were sent and not yet answered, in order, and the exchanges that they become when they leave. */
import type { MysqlExchange } from '../exchange.ts'
import { AnswerPairing } from './answer-pairing.ts'
import type { CommandInFlight } from './command-in-flight.ts'

/** Takes what leaves. */
export interface ExchangeReceiver {
  exchange(exchange: MysqlExchange): void
  /** Some are held back until the connection is quiet. */
  heldBack(): void
}

export class PendingCommands {
  #first: CommandInFlight | undefined
  /** Those that a client sent before it read the answer to the first one: few do so. Undefined: never yet. */
  #later: CommandInFlight[] | undefined
  readonly #receiver: ExchangeReceiver
  /** Where answers may be paired wrongly. */
  pairing: AnswerPairing | undefined
  /** Where in the server's stream the answer to the first one begins. */
  #answerPosition = 0

  constructor(receiver: ExchangeReceiver) {
    this.#receiver = receiver
  }

  get first(): CommandInFlight | undefined {
    return this.#first
  }

  get size(): number {
    return this.#first === undefined ? 0 : 1 + (this.#later?.length ?? 0)
  }

  *[Symbol.iterator](): Generator<CommandInFlight> {
    if (this.#first === undefined) return
    yield this.#first
    yield* this.#later ?? []
  }

  *newestFirst(): Generator<CommandInFlight> {
    for (let i = (this.#later?.length ?? 0) - 1; i >= 0; i--) {
      const command = this.#later?.[i]
      if (command !== undefined) yield command
    }
    if (this.#first !== undefined) yield this.#first
  }

  /** @param position of the server's stream */
  add(command: CommandInFlight, position: number): void {
    if (this.#first === undefined) {
      this.#answerPosition = position
      this.#first = command
    } else (this.#later ??= []).push(command)
  }

  /** @param position of the server's stream where the first one's answer begins */
  answerBegins(position: number): void {
    this.#answerPosition = position
  }

  /** The first one's answer is over. @param position of the server's stream behind it */
  answered(position: number): void {
    const command = this.#first
    if (command === undefined) return
    this.#first = this.#later?.shift()
    command.exchange.endedAt = command.lastByteAt
    this.#leave(command, position)
  }

  /** The connection ended, or the capture stopped, before the answers came. @param isLost where they begin is not known */
  unfinished(position: number, isLost: boolean): void {
    const all = [...this]
    if (isLost && all.length > 1) for (const { exchange } of all) exchange.responseBytes = null
    this.#first = undefined
    this.#later = undefined
    for (const command of all) this.#leave(command, position)
  }

  /** A command that has no answer. */
  unanswered(command: CommandInFlight): void {
    command.exchange.status = 'unanswered'
    if (this.pairing?.hold(command) !== true) this.#receiver.exchange(command.exchange)
  }

  /** What went before was not seen: a command may be unanswered. */
  join(): void {
    this.#doubted().holdFirst()
  }

  #doubted(): AnswerPairing {
    this.pairing ??= new AnswerPairing(() => this.#receiver.heldBack())
    return this.pairing
  }

  /** More of them may be unanswered than are known. @param pipelines the client does not wait for answers */
  doubtPairing(pipelines: boolean): void {
    const pairing = this.#doubted()
    pairing.doubt()
    if (pipelines) pairing.pipelined()
  }

  /** Commands were not seen. */
  doubtCommands(pipelines: boolean): void {
    this.doubtPairing(pipelines)
    if (!pipelines) this.#doubted().holdFirst()
  }

  /** What was held back leaves, if it may. */
  release(): void {
    if (this.pairing === undefined || this.pairing.held === 0) return
    if (!this.pairing.tries) this.releaseAll()
  }

  releaseAll(): void {
    for (const { exchange } of this.pairing?.takeHeld() ?? []) this.#receiver.exchange(exchange)
  }

  /** What was held back leaves, where no more is to come for now. @returns whether something is held back still */
  releaseQuiet(at: number): boolean {
    if (this.pairing === undefined || this.pairing.held === 0) return false
    const isAnswered = this.#first === undefined
    if (isAnswered && this.pairing.isQuiet(at)) this.releaseAll()
    return this.pairing.held > 0
  }

  #leave(command: CommandInFlight, position: number): void {
    const { exchange, hidden } = command
    if (exchange.responseBytes !== null) exchange.responseBytes = position - this.#answerPosition
    this.#answerPosition = position
    if (!hidden && this.pairing?.hold(command) !== true) this.#receiver.exchange(exchange)
  }
}
