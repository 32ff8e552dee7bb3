/**
 * What statements do that costs more than it must, found in the stream of exchanges as it passes: a few comparisons for
 * each, with bounded state for each connection. What was found gathers here until the store takes it.
 */
import type { Exchange } from '../../parsers/exchange.ts'
import { serverStatus } from '../../parsers/mysql/server-status.ts'
import type { Ends } from '../connections/ends.ts'
import type { Digest } from '../digest/digest-table.ts'
import type { Caller } from '../store/caller.ts'
import type { FindingKind } from './finding-kind.ts'
import { type Loop, Loops, type LoopSink, type Turns } from './loops.ts'
import { type HeldTransaction, Transaction } from './transaction.ts'
import type { Verb } from './verb.ts'

/** From so long on a transaction is held, and a commit is slow. */
const longTransactionNs = 1e9
const slowCommitNs = 100e6
/** A transaction that nothing was heard of for so long is taken for lost with its connection. */
const lostAfterNs = 3600e9
/** Findings that wait for the store, and connections looked after. Beyond that they are counted only. */
const mostWaiting = 10_000
const mostConnections = 20_000

/** Findings of one kind about one digest from one caller, since the store last took them. */
export interface FoundTotal {
  kind: FindingKind
  digest: Digest
  caller: Caller
  /** Statements that have this digest's parents' rows: of N+1. */
  cause: Digest | null
  count: number
  calls: number
  costNs: number
  /** Calls of the longest loop, or the longest time in nanoseconds. */
  worst: number
  /** Nanoseconds since the capture began. */
  firstAt: number
  lastAt: number
  /** Of the worst. */
  example: { exchange: Exchange; ends: Ends }
}

/** What one connection is doing. */
export class Activity {
  /** Null: there was none yet. */
  transaction: Transaction | null = null
  /** Among those that are looked at now and then. */
  watched = false
  readonly loops: Loops

  constructor(loops: Loops) {
    this.loops = loops
  }
}

export class Findings {
  /** Findings that were not kept, for too many were waiting. */
  dropped = 0
  readonly #ignored: ReadonlySet<FindingKind>
  readonly #waiting = new Map<string, FoundTotal>()
  #activities = new WeakMap<Ends, Activity>()
  /** Those in a transaction, or in a loop that is long already. */
  readonly #watched = new Set<Activity>()
  /** Takes the loops of all connections. */
  readonly #loops: LoopSink = {
    nPlusOne: (loop, turns, parent) => this.#addLoop('n-plus-one', loop, turns, parent),
    repetition: (loop, turns) => this.#addLoop('repetition', loop, turns, null),
  }

  constructor(ignored: readonly FindingKind[] = []) {
    this.#ignored = new Set(ignored)
  }

  ignores(kind: FindingKind): boolean {
    return this.#ignored.has(kind)
  }

  /** @param ends the same object for all exchanges of a connection */
  activityOf(ends: Ends): Activity {
    let activity = this.#activities.get(ends)
    if (activity === undefined) {
      activity = new Activity(new Loops(this.#loops))
      this.#activities.set(ends, activity)
    }
    return activity
  }

  /** @param durationNs less than 0: not known */
  see(
    exchange: Exchange & { protocol: 'mysql' },
    ends: Ends,
    of: { digest: Digest; caller: Caller; verb: Verb },
    durationNs: number,
    activity: Activity,
  ): void {
    const { serverStatus: flags, startedAt, command } = exchange
    const { loops } = activity
    const endAt = startedAt + Math.max(0, durationNs)
    if (command === 'COM_QUIT') {
      this.#leave(activity, endAt)
      return
    }
    const wasOpen = activity.transaction?.open ?? false
    // a statement that failed has no flags, and leaves the transaction as it is
    const isOpen = flags === null ? wasOpen : (flags & serverStatus.SERVER_STATUS_IN_TRANS) !== 0
    if (of.verb === 'read' || of.verb === 'write') {
      if (durationNs >= 0) loops.see(exchange, ends, of, durationNs, wasOpen && isOpen)
    } else if (of.verb === 'commit' && durationNs >= slowCommitNs) this.#addCommit(exchange, ends, of, durationNs)
    if (wasOpen || isOpen) {
      activity.transaction ??= new Transaction()
      const held = activity.transaction.see({ digest: of.digest, caller: of.caller, exchange, ends }, isOpen, endAt)
      if (held !== null) this.#addHeld(held)
      if (isOpen !== wasOpen) loops.endAll()
      if (isOpen && !wasOpen) this.#watch(activity)
    }
    if (!isOpen && !activity.watched && loops.pending) this.#watch(activity)
  }

  #watch(activity: Activity): void {
    if (this.#watched.size >= mostConnections) return
    this.#watched.add(activity)
    activity.watched = true
  }

  #unwatch(activity: Activity): void {
    this.#watched.delete(activity)
    activity.watched = false
  }

  #leave(activity: Activity, at: number): void {
    const held = activity.transaction?.end(at)
    if (held) this.#addHeld(held)
    activity.loops.endAll()
    this.#unwatch(activity)
  }

  /** Ends what is over, though nothing came that said so. @param at now */
  tick(at: number): void {
    for (const activity of this.#watched) {
      const { transaction, loops } = activity
      if (transaction?.open === true) {
        if (at - transaction.endAt > lostAfterNs) this.#leave(activity, at)
        if (transaction.open) continue
      }
      loops.endQuiet(at)
      if (!loops.pending) this.#unwatch(activity)
    }
  }

  /** The capture ends: what is held or looping now is told. */
  end(at: number): void {
    for (const activity of this.#watched) this.#leave(activity, at)
  }

  /** What was found since {@link taken} was last called. */
  get waiting(): FoundTotal[] {
    return [...this.#waiting.values()]
  }

  taken(): void {
    this.#waiting.clear()
  }

  #addLoop(kind: 'n-plus-one' | 'repetition', loop: Loop, turns: Turns, cause: Digest | null): void {
    const { digest, firstAt, endAt } = loop
    const { caller, calls, sumNs, example } = turns
    this.#add({
      kind,
      digest,
      caller,
      cause,
      count: 1,
      calls,
      costNs: sumNs,
      worst: calls,
      firstAt,
      lastAt: endAt,
      example,
    })
  }

  #addCommit(exchange: Exchange, ends: Ends, { digest, caller }: { digest: Digest; caller: Caller }, ns: number): void {
    const { startedAt: firstAt } = exchange
    const frame = { kind: 'slow-commit', digest, caller, cause: null, count: 1, calls: 1 } as const
    this.#add({ ...frame, costNs: ns, worst: ns, firstAt, lastAt: firstAt + ns, example: { exchange, ends } })
  }

  #addHeld({ heldNs, statements, endAt, waited }: HeldTransaction): void {
    if (heldNs < longTransactionNs) return
    const { digest, caller, exchange, ends } = waited
    const frame = { kind: 'long-transaction', digest, caller, cause: null, count: 1, calls: statements } as const
    const example = { exchange, ends }
    this.#add({ ...frame, costNs: heldNs, worst: heldNs, firstAt: endAt - heldNs, lastAt: endAt, example })
  }

  #add(found: FoundTotal): void {
    if (this.#ignored.has(found.kind)) return
    const key = `${found.kind} ${found.digest.number} ${found.caller.key}`
    const known = this.#waiting.get(key)
    if (known !== undefined) mergeFound(known, found)
    else if (this.#waiting.size < mostWaiting) this.#waiting.set(key, found)
    else this.dropped++
  }
}

function mergeFound(into: FoundTotal, more: FoundTotal): void {
  into.count += more.count
  into.calls += more.calls
  into.costNs += more.costNs
  into.firstAt = Math.min(into.firstAt, more.firstAt)
  into.lastAt = Math.max(into.lastAt, more.lastAt)
  if (more.worst <= into.worst) return
  into.worst = more.worst
  into.cause = more.cause
  into.example = more.example
}
