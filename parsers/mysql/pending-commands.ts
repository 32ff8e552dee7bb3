/** The commands that were sent and not yet answered, in order, and the exchanges that they become when they leave. */
import type { OnExchange } from '../exchange.ts'
import type { CommandInFlight } from './command-in-flight.ts'

export class PendingCommands {
  readonly #queue: CommandInFlight[] = []
  readonly #onExchange: OnExchange
  /** Where in the server's stream the answer to the first one begins. */
  #answerPosition = 0

  constructor(onExchange: OnExchange) {
    this.#onExchange = onExchange
  }

  get first(): CommandInFlight | undefined {
    return this.#queue[0]
  }

  get size(): number {
    return this.#queue.length
  }

  [Symbol.iterator](): IterableIterator<CommandInFlight> {
    return this.#queue.values()
  }

  *newestFirst(): Generator<CommandInFlight> {
    for (let i = this.#queue.length - 1; i >= 0; i--) {
      const command = this.#queue[i]
      if (command !== undefined) yield command
    }
  }

  /** @param position of the server's stream */
  add(command: CommandInFlight, position: number): void {
    if (this.#queue.length === 0) this.#answerPosition = position
    this.#queue.push(command)
  }

  /** The first one's answer is over. @param position of the server's stream behind it */
  answered(position: number): void {
    const command = this.#queue.shift()
    if (command === undefined) return
    command.exchange.endedAt = command.lastByteAt
    this.#leave(command, position)
  }

  /** The connection ended, or the capture stopped, before the answers came. */
  unfinished(position: number): void {
    for (const command of this.#queue.splice(0)) this.#leave(command, position)
  }

  /** A command that has no answer. */
  unanswered({ exchange }: CommandInFlight): void {
    exchange.status = 'unanswered'
    this.#onExchange(exchange)
  }

  #leave({ exchange, hidden }: CommandInFlight, position: number): void {
    exchange.responseBytes = position - this.#answerPosition
    this.#answerPosition = position
    if (!hidden) this.#onExchange(exchange)
  }
}
