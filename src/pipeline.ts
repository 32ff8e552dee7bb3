/** The one pipeline behind every source: connections give out exchanges, the store takes them in, and whoever watches sees those that are kept. */
import { type ConnectionCounts, Connections } from './connections/connections.ts'
import type { End } from './connections/pair.ts'
import { SideFilter } from './connections/side-filter.ts'
import type { PortProtocols } from './connections/port-protocols.ts'
import type { QuerytapRecord } from './record.ts'
import type { Selected } from './report/selected.ts'
import type { FindingKind } from './findings/finding-kind.ts'
import { Findings } from './findings/findings.ts'
import { Intake } from './store/intake.ts'
import type { Store } from './store/store.ts'

export interface PipelineOptions {
  store: Store
  slowNs: number
  /** Nanoseconds since 1970 at the capture's time 0. */
  epochNs: bigint
  /** Gets each exchange that took at least `slowNs`, failed or did not finish; with `slowNs` 0 every exchange. */
  onRecord: (record: QuerytapRecord) => void
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
}

export class Pipeline {
  /** Takes what a source tells. */
  readonly connections: Connections
  readonly #intake: Intake

  constructor({
    store,
    slowNs,
    epochNs,
    onRecord,
    keepLiterals,
    ignore = () => {},
    ignoredFindings = [],
    decode = new Map(),
    selected,
    side = 'all',
  }: PipelineOptions) {
    const findings = new Findings(ignoredFindings)
    this.#intake = new Intake({ store, slowNs, epochNs, onKept: onRecord, keepLiterals, findings, selected })
    const sink = side === 'all' ? this.#intake : new SideFilter(this.#intake, side)
    this.connections = new Connections({ sink, ignore, decode })
  }

  get exchanges(): number {
    return this.#intake.exchanges
  }

  get counts(): ConnectionCounts {
    return this.connections.counts
  }

  flush(): void {
    this.#intake.flush()
  }

  /** Whatever is pending leaves, and all of it is written. @param at nanoseconds since the capture began */
  end(at: number): void {
    this.connections.end(at)
    this.#intake.end(at)
  }
}
