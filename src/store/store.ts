/** The store: one SQLite file with totals of everything and the slow exchanges in full. One process writes, any number read. */
import type { Database } from 'better-sqlite3'
import { hostname } from 'node:os'
import { QuerytapError } from '../querytap-error.ts'
import { failure, openForReading, openForWriting } from './database.ts'
import { ExchangeRows, type KeptExchange } from './exchange-rows.ts'
import { FindingRows, type FindingToStore } from './finding-rows.ts'
import { Hours } from './hours.ts'
import { StoreIdentities } from './identities.ts'
import { LossRows } from './loss-rows.ts'
import { teachMerging } from './measures.ts'
import { defaultRetention, Forgetting, forgetUnusedNames, noRetention, type Retention } from './retention.ts'
import { RunningRows, type RunningStatement } from './running-rows.ts'
import type { Total } from './total.ts'
import { type Epoch, TotalRows } from './total-rows.ts'
import { claim, release } from './writer-claim.ts'

/** What is known about a capture when it begins. */
export interface RunStart {
  /** Nanoseconds since 1970. */
  startedAt: bigint
  /** `live`, or the file that is replayed. */
  source: string | null
  kernel: string | null
  attachMode: string | null
  slowNs: number | null
}

export interface Batch {
  totals: readonly Total[]
  /** Asked for once each time it is written. */
  kept: Iterable<KeptExchange>
  findings: readonly FindingToStore[]
  epoch: Epoch
}

/** How long a batch's tidying may take. The ring must be read again within a fraction of a second. */
const tidyMs = 20

interface Writing {
  totals: TotalRows
  hours: Hours
  exchanges: ExchangeRows
  findings: FindingRows
  running: RunningRows
  losses: LossRows
  identities: StoreIdentities
  forgetting: Forgetting
}

export class Store {
  readonly path: string
  /** For reading with SQL: the tables and views of schema.ts. */
  readonly database: Database
  /** The run that writes belong to; null before {@link beginRun}. */
  run: number | null = null
  readonly #writing: Writing | null
  /** Since 1970, of what was written. */
  #newestMinute = 0

  private constructor(path: string, database: Database, retention: Retention | null) {
    this.path = path
    this.database = database
    if (retention === null) this.#writing = null
    else {
      teachMerging(database)
      const identities = new StoreIdentities(database)
      const hours = new Hours(database)
      const exchanges = new ExchangeRows(database, identities)
      this.#writing = {
        identities,
        hours,
        totals: new TotalRows(database, identities, hours),
        exchanges,
        findings: new FindingRows(database, identities, exchanges),
        running: new RunningRows(database, identities),
        losses: new LossRows(database),
        forgetting: new Forgetting(database, retention, hours),
      }
    }
  }

  /** @throws QuerytapError STORE_PATH, STORE_VERSION, STORE_CORRUPT, STORE_BUSY */
  static openWriter(path: string, retention: Partial<Retention> = {}): Store {
    const database = openForWriting(path)
    try {
      claim(database, path)
      forgetUnusedNames(database)
      return new Store(path, database, { ...defaultRetention, ...retention })
    } catch (error) {
      database.close()
      throw failure(path, error)
    }
  }

  /** Reads while another process writes. @throws QuerytapError STORE_PATH, STORE_VERSION, STORE_CORRUPT */
  static openReader(path: string): Store {
    return new Store(path, openForReading(path), null)
  }

  /** A store that ends with the process. */
  static inMemory(): Store {
    return new Store(':memory:', openForWriting(':memory:'), noRetention)
  }

  /** @returns the run's number, which later writes belong to */
  beginRun(start: RunStart): number {
    const insert = this.database.prepare(
      `INSERT INTO runs (startedAt, source, host, kernel, attachMode, slowNs)
       VALUES (@startedAt, @source, @host, @kernel, @attachMode, @slowNs)`,
    )
    let run = 0
    this.#inTransaction(() => {
      run = Number(insert.run({ ...start, host: hostname() }).lastInsertRowid)
    })
    this.run = run
    return run
  }

  /** @param endedAt nanoseconds since 1970 */
  endRun(run: number, endedAt: bigint): void {
    const update = this.database.prepare('UPDATE runs SET endedAt = ? WHERE id = ?')
    this.#inTransaction(() => update.run(endedAt, run))
  }

  /** What the run has lost so far, by cause, in place of what was written before. */
  writeLosses(run: number, counters: Readonly<Record<string, number>>): void {
    const losses = this.#writing?.losses
    const changed = losses?.changed(run, counters) ?? []
    if (losses === undefined || changed.length === 0) return
    this.#inTransaction(() => losses.write(run, changed))
    losses.wrote(run, counters)
  }

  /** Writes all of a batch or nothing of it. */
  write(batch: Batch): void {
    const writing = this.#writing
    if (writing === null) throw new QuerytapError('STORE_PATH', `write store ${this.path}: opened for reading`)
    const run =
      this.run ??
      this.beginRun({ startedAt: batch.epoch.ns, source: null, kernel: null, attachMode: null, slowNs: null })
    try {
      this.#inTransaction(() => {
        writing.totals.write(run, batch.totals, batch.epoch)
        for (const each of batch.kept) writing.exchanges.write(run, each)
        for (const each of batch.findings) writing.findings.write(run, each, batch.epoch)
      })
    } catch (error) {
      writing.identities.forget()
      throw error
    }
    for (const { minute } of batch.totals)
      this.#newestMinute = Math.max(this.#newestMinute, batch.epoch.minute + minute)
  }

  /** Replaces what was running by what is now, as of `seenAt`, nanoseconds since 1970. */
  writeRunning(running: readonly RunningStatement[], seenAt: bigint): void {
    const { run } = this
    const writing = this.#writing
    if (writing === null || run === null || writing.running.same(running)) return
    try {
      this.#inTransaction(() => writing.running.write(run, running, seenAt))
    } catch (error) {
      writing.identities.forget()
      throw error
    }
  }

  /**
   * Sums hours up and forgets what is too old or too much, as of the newest data that this writer wrote: in slices, for as
   * long as it may take.
   * @returns whether there may be more to do
   */
  tidy(milliseconds = tidyMs): boolean {
    const writing = this.#writing
    if (writing === null || this.#newestMinute === 0) return false
    const until = performance.now() + milliseconds
    let more: boolean
    do more = this.#tidySlice(writing)
    while (more && performance.now() < until)
    return more
  }

  #tidySlice({ forgetting, hours }: Writing): boolean {
    let more = false
    this.#inTransaction(() => {
      more = forgetting.step(this.#newestMinute)
      more = hours.step(this.#newestMinute) || more
    })
    return more
  }

  #inTransaction(work: () => unknown): void {
    try {
      this.database.transaction(() => void work()).immediate()
    } catch (error) {
      throw failure(this.path, error, 'write')
    }
  }

  /** How long a write waits for another program's, at most. */
  waitAtMost(milliseconds: number): void {
    this.database.pragma(`busy_timeout = ${milliseconds}`)
  }

  close(): void {
    if (!this.database.open) return
    try {
      // what cannot be written now is seen by the next writer: this process lives no more
      if (this.#writing !== null) this.#inTransaction(() => release(this.database))
    } catch (error) {
      if (!(error instanceof QuerytapError)) throw error
    } finally {
      this.database.close()
    }
  }
}
