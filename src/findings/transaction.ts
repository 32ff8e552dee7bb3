/** The transaction that one connection is in, by the server's own flag: how long it is held, and where the longest wait was. */
import type { Exchange } from '../../parsers/exchange.ts'
import type { Ends } from '../connections/ends.ts'
import type { Digest } from '../digest/digest-table.ts'
import type { Caller } from '../store/caller.ts'

export interface Statement {
  digest: Digest
  caller: Caller
  exchange: Exchange
  ends: Ends
}

export interface HeldTransaction {
  heldNs: number
  statements: number
  endAt: number
  /** After it came the longest wait. */
  waited: Statement
}

export class Transaction {
  open = false
  /** End of the newest statement. */
  endAt = 0
  #beganAt = 0
  #statements = 0
  #longestNs = -1
  #last: Statement | null = null
  #waited: Statement | null = null

  /**
   * @param isOpen the server's flag after this statement. @param endAt of the statement
   * @returns the transaction that has just ended
   */
  see(statement: Statement, isOpen: boolean, endAt: number): HeldTransaction | null {
    if (!this.open && !isOpen) return null
    const { startedAt } = statement.exchange
    if (!this.open) {
      this.open = true
      this.#beganAt = startedAt
      this.#statements = 0
      this.#longestNs = -1
    } else this.#wait(startedAt)
    this.#statements++
    this.#last = statement
    this.endAt = endAt
    return isOpen ? null : this.end(endAt)
  }

  #wait(until: number): void {
    const waitedNs = until - this.endAt
    if (waitedNs <= this.#longestNs) return
    this.#longestNs = waitedNs
    this.#waited = this.#last
  }

  /** Its commit, or the end of what is known of it. */
  end(at: number): HeldTransaction | null {
    if (!this.open) return null
    this.#wait(at)
    this.open = false
    const waited = this.#waited
    this.#last = this.#waited = null
    const heldNs = at - this.#beganAt
    return waited === null ? null : { heldNs, statements: this.#statements, endAt: at, waited }
  }
}
