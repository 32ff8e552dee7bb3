/** The commands that were sent and not yet answered, in order, and the exchanges that they become when they leave. */
import type { MysqlExchange } from '../exchange.ts'
import type { CommandInFlight } from './command-in-flight.ts'

/** Takes what leaves. */
export interface ExchangeReceiver {
  exchange(exchange: MysqlExchange): void
}

export class PendingCommands {
  #first: CommandInFlight | undefined
  /** Those that a client sent before it read the answer to the first one: few do so. Undefined: never yet. */
  #later: CommandInFlight[] | undefined
  readonly #receiver: ExchangeReceiver
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

  /** The first one's answer is over. @param position of the server's stream behind it */
  answered(position: number): void {
    const command = this.#first
    if (command === undefined) return
    this.#first = this.#later?.shift()
    command.exchange.endedAt = command.lastByteAt
    this.#leave(command, position)
  }

  /** The connection ended, or the capture stopped, before the answers came. */
  unfinished(position: number): void {
    const all = [...this]
    this.#first = undefined
    this.#later = undefined
    for (const command of all) this.#leave(command, position)
  }

  /** A command that has no answer. */
  unanswered({ exchange }: CommandInFlight): void {
    exchange.status = 'unanswered'
    this.#receiver.exchange(exchange)
  }

  #leave({ exchange, hidden }: CommandInFlight, position: number): void {
    exchange.responseBytes = position - this.#answerPosition
    this.#answerPosition = position
    if (!hidden) this.#receiver.exchange(exchange)
  }
}
