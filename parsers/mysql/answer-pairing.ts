/**
 * Whether answers can be told to belong to their commands, where commands may have been sent that were not seen. A client
 * that waits for each answer has none outstanding when it speaks; of one that does not wait, nothing tells whose an answer is.
 */
import { type CommandInFlight, markUnpaired } from './command-in-flight.ts'

/** After so long a silence nothing is outstanding. */
const quietNs = 100e6
/** So many are held back until the client is seen to wait for its answers. */
const mostHeld = 8

export class AnswerPairing {
  /** Until the connection has been quiet. */
  unknown = false
  /** The connection was quiet, and nothing was missed since. */
  #certain = false
  #holds: boolean
  #held: CommandInFlight[] | undefined
  /** When bytes of either side moved last; before any did, nothing is known of a silence. */
  #lastAt = Infinity

  /** @param holds the first ones are held back */
  constructor(holds: boolean) {
    this.#holds = holds
  }

  /** Commands, or answers, were missed. */
  doubt(): void {
    this.#certain = false
  }

  /** The client did not wait for an answer. */
  pipelined(): void {
    if (this.#certain) return
    this.unknown = true
    for (const command of this.#held ?? []) if (command.exchange.status !== 'unanswered') markUnpaired(command)
  }

  /** A command begins. @param alone no other is pending */
  begun(at: number, alone: boolean): void {
    if (alone && at - this.#lastAt >= quietNs) {
      this.#certain = true
      this.unknown = false
    }
    // what is held back may leave before an answer to the others proves it
    if (!alone && this.#holds) this.pipelined()
    this.#lastAt = at
  }

  moved(at: number): void {
    this.#lastAt = at
  }

  /** @returns whether a command that is over is held back */
  hold(command: CommandInFlight): boolean {
    if (this.#holds) (this.#held ??= []).push(command)
    return this.#holds
  }

  /** @param all no more is to come for now. @returns those that need not be held back any more */
  release(all: boolean): CommandInFlight[] {
    const held = this.#held ?? []
    if (!this.#holds || !(all || this.unknown || held.length >= mostHeld)) return []
    this.#holds = false
    this.#held = undefined
    return held
  }
}
