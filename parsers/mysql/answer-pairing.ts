/**
 * Whether answers can be told to belong to their commands, where commands may have been sent that were not seen. A client
 * that waits for each answer has none outstanding when it speaks; of one that does not wait, nothing tells whose an answer is.
 */
import { type CommandInFlight, markUnpaired } from './command-in-flight.ts'

/** After so long a silence nothing is outstanding, unless an answer that follows shows that something slow was. */
const silenceNs = 100e6
/** After so long nothing is that would show it. */
const quietNs = 500e6
/** So many are held back until the client is seen to wait for its answers, or one cannot have the answer that came. */
const mostHeld = 32

export class AnswerPairing {
  /** Until the connection has been quiet. */
  unknown = false
  /** The connection was quiet, and nothing was missed since. */
  #certain = false
  /** Of those that begin, so many may still show that answers are others'. */
  #tried = 0
  readonly #onHeld: () => void
  #held: CommandInFlight[] = []
  /** When bytes of either side moved last; before any did, nothing is known of a silence. */
  #lastAt = Infinity

  /** @param onHeld something is held back, which `release` is asked for when the connection is quiet */
  constructor(onHeld: () => void) {
    this.#onHeld = onHeld
  }

  /** The first ones are held back. */
  holdFirst(): void {
    this.#tried = mostHeld
  }

  /** Commands, or answers, were missed. */
  doubt(): void {
    this.#certain = false
  }

  /** The client did not wait for an answer. */
  pipelined(): void {
    if (!this.#certain) this.refuted()
  }

  /** An answer came that cannot be its own command's. */
  refuted(): void {
    this.#certain = false
    this.unknown = true
    for (const command of this.#held) if (command.exchange.status !== 'unanswered') markUnpaired(command)
  }

  /** A command begins. @param alone no other is pending */
  begun(at: number, alone: boolean): void {
    if (alone && at - this.#lastAt >= silenceNs) {
      this.#certain = true
      if (this.unknown) this.holdFirst()
      this.unknown = false
    }
    // what is held back may leave before an answer to the others proves it
    if (!alone && this.tries) this.pipelined()
    this.#lastAt = at
  }

  moved(at: number): void {
    this.#lastAt = at
  }

  /** Whether an answer may still show that earlier ones were others'. */
  get tries(): boolean {
    return this.#tried > 0 && !this.unknown
  }

  /** @returns whether a command that is over is held back */
  hold(command: CommandInFlight): boolean {
    // none overtakes those that are
    if (!this.tries && this.#held.length === 0) return false
    this.#tried--
    this.#held.push(command)
    this.#onHeld()
    return true
  }

  get held(): number {
    return this.#held.length
  }

  /** A gap ended them. When it happened is known to the receiver now only. @param from those before were held already */
  untime(from: number, at: number): void {
    for (const { exchange } of this.#held.slice(from)) if (exchange.endedAt === at) exchange.endedAt = null
  }

  /** No more is to come for now. */
  isQuiet(at: number): boolean {
    return at - this.#lastAt >= quietNs
  }

  /** They are held back no longer. */
  takeHeld(): CommandInFlight[] {
    const held = this.#held
    if (held.length > 0) this.#held = []
    return held
  }
}
