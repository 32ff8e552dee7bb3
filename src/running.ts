/**
 * What runs now. Looks at what waits for its answer, keeps the store's list of it, and announces a statement that runs
 * long a few times: the longer it runs, the more seldom.
 */
import type { MysqlExchange } from '../parsers/exchange.ts'
import type { Unanswered } from './connections/unanswered.ts'
import type { Digests } from './digest/digests.ts'
import type { MysqlRecord } from './record.ts'
import { recordOf } from './records/record-of.ts'
import type { Redaction } from './redaction/redaction.ts'
import type { RunningStatement } from './store/running-rows.ts'
import type { Store } from './store/store.ts'

/** Of what runs longest, in the store. */
const mostRunning = 1000
/** Lines of one look, lest a server that hangs drowns everything else. */
const mostAnnounced = 20
/** What runs shorter is not worth a look, whatever counts as slow. */
const leastNs = 1e9
const laterNs = [10e9, 60e9, 600e9, 3600e9]

export type OnRunning = (record: MysqlRecord, ageNs: number) => void

export interface RunningOptions {
  store: Store
  slowNs: number
  /** Nanoseconds since 1970 at the capture's time 0. */
  epochNs: bigint
  digests: Digests
  redaction: Redaction
  onRunning: OnRunning | undefined
}

export class Running {
  /** From this age on. */
  readonly leastNs: number
  readonly #options: RunningOptions
  readonly #ages: readonly number[]
  /** By the exchange, which is the same object as long as it runs. */
  readonly #known = new WeakMap<MysqlExchange, RunningStatement>()
  readonly #announced = new WeakMap<MysqlExchange, number>()

  constructor(options: RunningOptions) {
    this.#options = options
    this.leastNs = Math.max(options.slowNs, leastNs)
    this.#ages = [this.leastNs, ...laterNs.filter((age) => age > this.leastNs)]
  }

  /** @param at nanoseconds since the capture began */
  look(unanswered: readonly Unanswered[], at: number): void {
    const { store, epochNs } = this.#options
    const oldest = unanswered
      .flatMap(({ exchange, ends }) => (exchange.protocol === 'mysql' ? [{ exchange, ends }] : []))
      .sort((one, other) => one.exchange.startedAt - other.exchange.startedAt)
      .slice(0, mostRunning)
    let lines = 0
    const running = oldest.map(({ exchange, ends }) => {
      const statement = this.#known.get(exchange) ?? this.#statementOf({ exchange, ends })
      const ageNs = at - exchange.startedAt
      if (lines < mostAnnounced && this.#due(exchange, ageNs)) {
        lines++
        this.#options.onRunning?.(statement.record, ageNs)
      }
      return statement
    })
    store.writeRunning(running, epochNs + BigInt(Math.round(at)))
  }

  /** Nothing runs any more as far as this capture sees. */
  end(): void {
    this.#options.store.writeRunning([], 0n)
  }

  #statementOf({ exchange, ends }: Unanswered & { exchange: MysqlExchange }): RunningStatement {
    const { digests, epochNs, redaction } = this.#options
    const digest = digests.of(exchange)
    const record = recordOf(exchange, ends, digest, epochNs, redaction)
    if (record.protocol !== 'mysql') throw new TypeError('a MySQL exchange became another record')
    const statement = { record, digest, startedAt: epochNs + BigInt(Math.round(exchange.startedAt)) }
    // as long as it has no text, that may still be on its way
    if (exchange.text !== null) this.#known.set(exchange, statement)
    return statement
  }

  #due(exchange: MysqlExchange, ageNs: number): boolean {
    const reached = this.#ages.filter((age) => ageNs >= age).length
    if (reached <= (this.#announced.get(exchange) ?? 0)) return false
    this.#announced.set(exchange, reached)
    return true
  }
}
