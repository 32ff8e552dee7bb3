/** The one pipeline behind every source: connections give out exchanges, the store takes them in, and whoever watches sees those that are kept. */
import type { ConnectionCounts } from './connections/connection-counts.ts'
import { Connections } from './connections/connections.ts'
import type { End } from './connections/pair.ts'
import { isObservedAt, SideFilter } from './connections/side-filter.ts'
import type { PortProtocols } from './connections/port-protocols.ts'
import type { Losses } from './capture/source.ts'
import type { QuerytapError } from './querytap-error.ts'
import type { QuerytapRecord } from './record.ts'
import type { Selected } from './report/selected.ts'
import type { FindingKind } from './findings/finding-kind.ts'
import { Findings } from './findings/findings.ts'
import { Redaction } from './redaction/redaction.ts'
import { type OnRunning, Running } from './running.ts'
import { Intake } from './store/intake.ts'
import type { Store } from './store/store.ts'

export interface PipelineOptions {
  store: Store
  slowNs: number
  /** Nanoseconds since 1970 at the capture's time 0. */
  epochNs: bigint
  /**
   * Gets each exchange that took at least `slowNs`, failed or did not finish; with `slowNs` 0 every exchange. Of one that
   * still ran when the capture stopped, with how long it had.
   */
  onRecord: (record: QuerytapRecord, ageNs: number | null) => void
  /** Gets a statement that runs long, a few times while it does. */
  onRunning?: OnRunning | undefined
  /** Values stay in records; secrets never do. */
  keepLiterals: boolean
  /** Called for a connection that speaks nothing of interest. */
  ignore?: (connection: number) => void
  /** Kinds of findings that are not looked for. */
  ignoredFindings?: readonly FindingKind[]
  /** Ports whose protocol is not asked of the bytes. */
  decode?: PortProtocols | undefined
  /** Only these exchanges count; undefined: all. */
  selected?: Selected | undefined
  /** Only what was observed at this end. */
  side?: End | 'all'
  /** Told when the store stops taking batches, and with null when it does again; without it, a flush throws. */
  onUnstored?: (reason: QuerytapError | null) => void
}

/** A capture that goes on. */
interface SoFar {
  /** Nanoseconds since it began. */
  at: number
  /** Of the source. */
  losses: Losses
}

export class Pipeline {
  /** Takes what a source tells. */
  readonly connections: Connections
  readonly #intake: Intake
  readonly #running: Running
  readonly #side: End | 'all'
  readonly #store: Store
  /** In nanoseconds since the capture began; null while it goes on. */
  #stoppedAt: number | null = null

  constructor({
    store,
    slowNs,
    epochNs,
    onRecord,
    onRunning,
    keepLiterals,
    ignore = () => {},
    ignoredFindings = [],
    decode = new Map(),
    selected,
    side = 'all',
    onUnstored,
  }: PipelineOptions) {
    const findings = new Findings(ignoredFindings)
    const onKept = (record: QuerytapRecord): void => onRecord(record, this.#unansweredNs(record, epochNs))
    this.#intake = new Intake({ store, slowNs, epochNs, onKept, keepLiterals, findings, selected, onUnstored })
    const redaction = new Redaction(keepLiterals)
    this.#running = new Running({ store, slowNs, epochNs, digests: this.#intake.digests, redaction, onRunning })
    this.#side = side
    this.#store = store
    const sink = side === 'all' ? this.#intake : new SideFilter(this.#intake, side)
    this.connections = new Connections({ sink, ignore, decode })
  }

  get exchanges(): number {
    return this.#intake.exchanges
  }

  /** By cause. */
  losses(): Losses {
    return { ...this.connections.losses(), ...this.#intake.unstored }
  }

  get counts(): ConnectionCounts {
    return this.connections.counts
  }

  /** @param soFar where the capture goes on: then what runs and what was lost goes to the store too */
  flush(soFar?: SoFar): void {
    this.#intake.flush(soFar === undefined ? undefined : () => this.#tellSoFar(soFar))
  }

  #tellSoFar({ at, losses }: SoFar): void {
    this.#lookAtRunning(at)
    const { run } = this.#store
    if (run !== null) this.#store.writeLosses(run, { ...losses, ...this.losses() })
  }

  #lookAtRunning(now: number): void {
    const side = this.#side
    const unanswered = this.connections.unanswered(now - this.#running.leastNs)
    this.#running.look(side === 'all' ? unanswered : unanswered.filter(({ ends }) => isObservedAt(side, ends)), now)
  }

  /** How long it had run when the capture stopped. */
  #unansweredNs({ startedAt, status }: QuerytapRecord, epochNs: bigint): number | null {
    if (this.#stoppedAt === null || status !== 'unfinished') return null
    return (Number(epochNs / 1_000_000n) - Date.parse(startedAt)) * 1e6 + this.#stoppedAt
  }

  /** Whatever is pending leaves, and all of it is written. @param at nanoseconds since the capture began */
  end(at: number): void {
    this.#stoppedAt = at
    this.connections.end(at)
    this.#intake.end(at)
    this.#running.end()
  }
}
