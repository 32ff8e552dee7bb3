/**
 * The hot path into the store: an exchange is added to a total in memory and made into a record only when it is slow,
 * failed or an example. What was gathered reaches the store at `flush`, which a timer calls.
 */
import type { Exchange } from '../../parsers/exchange.ts'
import type { Ends } from '../connections/ends.ts'
import type { Digest } from '../digest/digest-table.ts'
import { Digests } from '../digest/digests.ts'
import { type Activity, Findings, type FoundTotal } from '../findings/findings.ts'
import { noIndexFindings } from '../findings/no-index.ts'
import type { QuerytapRecord } from '../record.ts'
import { QuerytapError } from '../querytap-error.ts'
import { recordOf } from '../records/record-of.ts'
import { Redaction } from '../redaction/redaction.ts'
import { callerOf } from './caller.ts'
import type { Kept, KeptExchange } from './exchange-rows.ts'
import { type Group, OpenTotals } from './open-totals.ts'
import type { Sample } from './sample.ts'
import type { Store } from './store.ts'
import type { Total } from './total.ts'
import type { Epoch } from './total-rows.ts'

/** Exchanges that wait to be written: more than these and the flush does not wait for the timer. */
export const maxWaiting = 5_000

const nsPerMinute = 60e9
/** Stands for a duration that is not known, in numbers that are compared. */
const unknownNs = -1

/** Where a connection's exchanges go while its user and database stay the same. */
interface Origin {
  group: Group
  readonly activity: Activity
}

export interface IntakeOptions {
  store: Store
  /** From this duration on an exchange is stored in full; with 0 every one is, also where the duration is not known. */
  slowNs: number
  /** Nanoseconds since 1970 at the capture's time 0. */
  epochNs: bigint
  /** Gets each exchange that is stored in full as it finishes: the slow, the failed, the unfinished. */
  onKept?: (record: QuerytapRecord) => void
  digests?: Digests
  /** Values stay in what is stored and given out; by default they do not. Secrets never do. */
  keepLiterals?: boolean
  /** Only these exchanges are taken in; undefined: all. */
  selected?: { has(exchange: Exchange, ends: Ends, digest: string): boolean } | undefined
  findings?: Findings
  /**
   * Told once when the store stops taking what is written, and with null when it does again. Meanwhile what was gathered
   * waits, within the limits above; what is beyond them is counted in `unstored`. Without it, `flush` throws.
   */
  onUnstored?: ((reason: QuerytapError | null) => void) | undefined
}

/** A batch waits for the next one rather than hold up the ring; the last one has no next. */
const patienceMs = 200
const lastPatienceMs = 5000

export class Intake {
  /** All exchanges since the beginning. */
  exchanges = 0
  /** What the store could not take and memory could not hold: exchanges in full, and calls of totals. */
  readonly unstored = { unstoredExchanges: 0, unstoredCalls: 0 }
  readonly digests: Digests
  readonly #findings: Findings
  readonly #store: Store
  readonly #redaction: Redaction
  readonly #slowNs: number
  readonly #epoch: Epoch
  readonly #minuteOffsetNs: number
  readonly #onKept: ((record: QuerytapRecord) => void) | undefined
  readonly #selected: IntakeOptions['selected']
  readonly #onUnstored: IntakeOptions['onUnstored']
  readonly #totals = new OpenTotals()
  /** Renewed at each flush, so that a pod that becomes known in mid-connection is seen. */
  #origins = new WeakMap<Ends, Origin>()
  /** End of the newest exchange. */
  #newestAt = 0
  #kept: KeptExchange[] = []
  /** The store did not take the last batch. */
  #failing = false

  constructor(options: IntakeOptions) {
    const { store, slowNs, epochNs, onKept, digests, findings, keepLiterals = false, selected, onUnstored } = options
    this.digests = digests ?? new Digests()
    this.#findings = findings ?? new Findings()
    this.#store = store
    this.#redaction = new Redaction(keepLiterals)
    this.#slowNs = slowNs === 0 ? unknownNs : slowNs
    this.#epoch = { ns: epochNs, minute: Number(epochNs / BigInt(nsPerMinute)) }
    this.#minuteOffsetNs = Number(epochNs % BigInt(nsPerMinute))
    this.#onKept = onKept
    this.#selected = selected
    this.#onUnstored = onUnstored
    if (onUnstored !== undefined) store.waitAtMost(patienceMs)
  }

  /** An exchange counts in the minute in which it ended. */
  exchange(exchange: Exchange, ends: Ends): void {
    const mysql = exchange.protocol === 'mysql'
    const database = mysql ? exchange.database : null
    const user = mysql ? exchange.user : null
    const digest = this.digests.of(exchange)
    if (this.#selected !== undefined && !this.#selected.has(exchange, ends, digest.id)) return
    if (this.#failing && this.#totals.hasManyCallers) return this.#passOver()
    const origin = this.#origins.get(ends) ?? this.#newOrigin(ends, database, user)
    let group = origin.group
    if (group.caller.database !== database || group.caller.user !== user) {
      group = origin.group = this.#totals.groupOf(callerOf(ends, database, user))
    }
    const { startedAt, endedAt, status } = exchange
    const durationNs = endedAt === null ? unknownNs : endedAt - startedAt
    const minute = Math.floor(((endedAt ?? startedAt) + this.#minuteOffsetNs) / nsPerMinute)
    let total = group.totals.get(digest.number)
    if (total === undefined || total.minute !== minute) {
      if (this.#failing && this.#totals.crowded) return this.#passOver()
      total = this.#totals.open(group, digest, exchange.protocol, minute, total)
    }
    total.add(exchange, ends, durationNs)
    if (mysql) this.#findings.see(exchange, ends, total, durationNs, origin.activity)
    this.exchanges++
    if (endedAt !== null && endedAt > this.#newestAt) this.#newestAt = endedAt
    if (durationNs >= this.#slowNs || status === 'error' || status === 'unfinished') {
      this.#keep(exchange, ends, digest, durationNs, total.sample)
    } else if (durationNs > total.sample.durationNs) total.sample.take(exchange, ends, durationNs)
    // a store that took nothing is asked again when the timer says so
    if ((this.#totals.crowded || this.#kept.length >= maxWaiting) && !this.#failing) this.flush()
  }

  #passOver(): void {
    this.exchanges++
    this.unstored.unstoredCalls++
  }

  #newOrigin(ends: Ends, database: string | null, user: string | null): Origin {
    const origin = {
      group: this.#totals.groupOf(callerOf(ends, database, user)),
      activity: this.#findings.activityOf(ends),
    }
    this.#origins.set(ends, origin)
    return origin
  }

  #keep(exchange: Exchange, ends: Ends, digest: Digest, durationNs: number, sample: Sample): void {
    const slow = durationNs >= this.#slowNs
    const kept = this.#keptExchange(
      exchange,
      ends,
      digest,
      slow ? 'slow' : exchange.status === 'error' ? 'error' : 'unfinished',
    )
    if (this.#kept.length < maxWaiting) this.#kept.push(kept)
    else this.unstored.unstoredExchanges++
    if (slow && exchange.status !== 'error') sample.supersede(durationNs)
    this.#onKept?.(kept.record)
  }

  #keptExchange(exchange: Exchange, ends: Ends, digest: Digest, kept: Kept): KeptExchange {
    const startedAt = this.#epoch.ns + BigInt(Math.round(exchange.startedAt))
    return { record: recordOf(exchange, ends, digest, this.#epoch.ns, this.#redaction), digest, kept, startedAt }
  }

  /** What the server flagged, and what the connections did. */
  #found(totals: readonly Total[]): FoundTotal[] {
    const { waiting } = this.#findings
    return this.#findings.ignores('no-index') ? waiting : [...waiting, ...noIndexFindings(totals)]
  }

  /** The capture ends. @param at nanoseconds since it began */
  end(at: number): void {
    this.#findings.end(at)
    this.#store.waitAtMost(lastPatienceMs)
    this.#write()
    this.#store.tidy()
  }

  /**
   * Writes everything gathered in one transaction. When it fails, nothing is forgotten and the next flush tries again.
   * @param also what else goes to the store
   * @throws QuerytapError STORE_CORRUPT; STORE_PATH where nobody is told otherwise
   */
  flush(also?: () => void): void {
    try {
      this.#write()
      this.#store.tidy()
      also?.()
    } catch (error) {
      const transient = error instanceof QuerytapError && error.code === 'STORE_PATH'
      if (!transient || this.#onUnstored === undefined) throw error
      if (!this.#failing) this.#onUnstored(error)
      this.#failing = true
      return
    }
    if (this.#failing) this.#onUnstored?.(null)
    this.#failing = false
  }

  #write(): void {
    if (this.#newestAt > 0) this.#findings.tick(this.#newestAt)
    const totals = this.#totals.filled()
    if (totals.length === 0 && this.#kept.length === 0 && this.#findings.waiting.length === 0) return
    const findings = this.#found(totals).map((found) => ({ ...found, kept: this.#exampleOf(found) }))
    this.#store.write({ totals, kept: this.#keptAndSamples(totals), findings, epoch: this.#epoch })
    for (const { sample } of totals) sample.waiting = null
    this.#findings.taken()
    this.#totals.settle()
    this.#kept = []
    this.#origins = new WeakMap()
  }

  /** Samples become records one by one, as they are written: there may be thousands. */
  *#keptAndSamples(totals: readonly Total[]): Generator<KeptExchange> {
    yield* this.#kept
    const seen = new Set<Sample>()
    for (const { sample, digest } of totals) {
      if (sample.waiting === null || seen.has(sample)) continue
      seen.add(sample)
      yield this.#keptExchange(sample.waiting.exchange, sample.waiting.ends, digest, 'sample')
    }
  }

  #exampleOf({ example: { exchange, ends }, digest }: FoundTotal): KeptExchange {
    return this.#keptExchange(exchange, ends, digest, 'finding')
  }
}
