/**
 * Statements that come again and again on one connection, in a loop: counted by digest until the loop ends. A loop that ran
 * once for each row of an earlier result is N+1; any other that is long enough is repetition.
 */
import type { Exchange } from '../../parsers/exchange.ts'
import type { Ends } from '../connections/ends.ts'
import type { Digest } from '../digest/digest-table.ts'
import type { Caller } from '../store/caller.ts'
import type { Verb } from './verb.ts'

export const loopLimits = {
  /** From so many calls on a loop over another query's rows is told. */
  nPlusOneCalls: 10,
  /** From so many calls on any other loop is told. */
  repetitionCalls: 50,
  /** Outside a transaction a loop has at least so many calls a second, */
  repetitionsPerSecond: 50,
  /** and has ended when so long nothing came. */
  quietNs: 1e9,
  /** Other statements between two turns of a loop. */
  strangers: 4,
  /** Digests followed at once on one connection. */
  followed: 8,
  /** A loop that does not end is told after so many calls. */
  mostCalls: 100_000,
} as const

/** A result whose rows may be followed up one by one. */
interface Parent {
  digest: Digest
  rows: number
}

export interface Loop {
  digest: Digest
  firstAt: number
  endAt: number
  /** In the connection's count of statements. */
  lastTurn: number
  inTransaction: boolean
  /** The newest first. */
  parents: readonly Parent[]
  /** From the second call on: a single call is no loop, most stay that, and much of each would fill memory. */
  turns: Turns | null
}

export interface Turns {
  caller: Caller
  verb: Verb
  calls: number
  sumNs: number
  /** Nothing came between. */
  straight: boolean
  /** The slowest from the second call on. */
  example: { exchange: Exchange; ends: Ends; durationNs: number }
}

const noParents: readonly Parent[] = []
const noLoops: readonly Loop[] = []

export interface LoopSink {
  nPlusOne(loop: Loop, turns: Turns, parent: Digest): void
  repetition(loop: Loop, turns: Turns): void
}

export class Loops {
  readonly #sink: LoopSink
  #loops = noLoops
  #parents = noParents
  #turn = 0

  constructor(sink: LoopSink) {
    this.#sink = sink
  }

  /** @returns whether anything is followed that is worth ending */
  get pending(): boolean {
    for (const { turns } of this.#loops) if (turns !== null && turns.calls >= loopLimits.nPlusOneCalls) return true
    return false
  }

  see(
    exchange: Exchange & { protocol: 'mysql' },
    ends: Ends,
    of: { digest: Digest; caller: Caller; verb: Verb },
    durationNs: number,
    inTransaction: boolean,
  ): void {
    const { startedAt, rowsReturned } = exchange
    const turn = ++this.#turn
    const loop = this.#loopOf(of.digest, startedAt, turn)
    if (loop === undefined) this.#begin(of.digest, startedAt, durationNs, inTransaction)
    else {
      const turns = (loop.turns ??= {
        caller: of.caller,
        verb: of.verb,
        calls: 1,
        sumNs: loop.endAt - loop.firstAt,
        straight: true,
        example: { exchange, ends, durationNs },
      })
      turns.calls++
      turns.sumNs += durationNs
      if (turn - loop.lastTurn > 1) turns.straight = false
      if (durationNs > turns.example.durationNs) turns.example = { exchange, ends, durationNs }
      loop.endAt = startedAt + durationNs
      loop.lastTurn = turn
      if (!inTransaction) loop.inTransaction = false
      if (turns.calls >= loopLimits.mostCalls) this.#end(loop)
    }
    if (of.verb !== 'read' || rowsReturned === null || rowsReturned < 2) return
    const [newest, older] = this.#parents
    if (newest?.digest === of.digest) newest.rows = rowsReturned
    else this.#parents = [{ digest: of.digest, rows: rowsReturned }, ...(newest === undefined ? [] : [newest])]
    if (older?.digest === of.digest) older.rows = rowsReturned
  }

  /** The one that this statement goes on with; one that it comes too late for ends. */
  #loopOf(digest: Digest, startedAt: number, turn: number): Loop | undefined {
    for (const loop of this.#loops) {
      if (loop.digest !== digest) continue
      if (startedAt - loop.endAt < loopLimits.quietNs && mayGoOn(loop, turn)) return loop
      this.#end(loop)
      return undefined
    }
    return undefined
  }

  #begin(digest: Digest, startedAt: number, durationNs: number, inTransaction: boolean): void {
    this.#makeRoom()
    const loop = {
      digest,
      firstAt: startedAt,
      endAt: startedAt + durationNs,
      lastTurn: this.#turn,
      inTransaction,
      parents: this.#parents.length === 0 ? noParents : this.#parents.map((parent) => ({ ...parent })),
      turns: null,
    }
    // an array that is pushed to has room for sixteen more
    this.#loops = [...this.#loops, loop]
  }

  /** The one that was idle longest goes: that it cannot go on is often known before there are too many. */
  #makeRoom(): void {
    let idle: Loop | undefined
    for (const each of this.#loops) if (idle === undefined || each.lastTurn < idle.lastTurn) idle = each
    if (idle === undefined) return
    if (this.#loops.length >= loopLimits.followed || !mayGoOn(idle, this.#turn + 1)) this.#end(idle)
  }

  /** A transaction, or the connection, ends: nothing goes on. */
  endAll(): void {
    const loops = this.#loops
    this.#loops = noLoops
    this.#parents = noParents
    for (const loop of loops) this.#tell(loop)
  }

  /** @param at now. Ends what has been quiet. */
  endQuiet(at: number): void {
    const quiet = this.#loops.filter((loop) => at - loop.endAt >= loopLimits.quietNs)
    for (const loop of quiet) this.#end(loop)
  }

  #end(loop: Loop): void {
    this.#loops = this.#loops.filter((each) => each !== loop)
    this.#tell(loop)
  }

  #tell(loop: Loop): void {
    const { turns } = loop
    if (turns === null || turns.calls < loopLimits.nPlusOneCalls) return
    const parent = turns.verb === 'read' ? loop.parents.find((each) => followsUp(loop, turns, each)) : undefined
    if (parent !== undefined) this.#sink.nPlusOne(loop, turns, parent.digest)
    else if (isRepetition(loop, turns)) this.#sink.repetition(loop, turns)
  }
}

/** @param turn of the statement that it would go on with */
function mayGoOn({ inTransaction, lastTurn }: Loop, turn: number): boolean {
  return inTransaction || turn - lastTurn - 1 <= loopLimits.strangers
}

/** As many calls as rows; or fewer, where nothing else came between: equal rows are asked for once. */
function followsUp({ digest }: Loop, { calls, straight }: Turns, { rows, digest: parent }: Parent): boolean {
  if (parent === digest) return false
  const asMany = Math.abs(calls - rows) <= Math.max(1, rows * 0.1)
  return asMany || (straight && calls <= rows + 1 && calls >= rows / 2)
}

/** A busy connection that serves one request after the other is no loop: there, other statements come between. */
function isRepetition({ inTransaction, firstAt, endAt }: Loop, { calls, straight }: Turns): boolean {
  if (calls < loopLimits.repetitionCalls) return false
  return inTransaction || (straight && calls / ((endAt - firstAt) / 1e9) >= loopLimits.repetitionsPerSecond)
}
