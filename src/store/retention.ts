/** What a store forgets, a little at a time: first by age, then by size, the oldest first. */
import type { Database, Statement } from 'better-sqlite3'
import type { Hours } from './hours.ts'

export interface Retention {
  keepDays: number
  /** Of the file, without its write-ahead log. */
  maxBytes: number
}

export const defaultRetention: Retention = { keepDays: 30, maxBytes: 1024 ** 3 }

/** Of a store that ends with the process. */
export const noRetention: Retention = { keepDays: 36_500, maxBytes: Number.POSITIVE_INFINITY }

/** How much one step deletes at most, so that it stays short. */
const exchangesPerStep = 500
const findingsPerStep = 500
const pagesPerStep = 500

/**
 * Nothing is too old before a writer has written for so long: a clock that was wrong when the capture began is seen by
 * then, and stopping in time keeps what there is.
 */
const patienceMinutes = 10

export class Forgetting {
  readonly #database: Database
  readonly #retention: Retention
  readonly #hours: Hours
  readonly #exchangesBefore: Statement
  readonly #findingsBefore: Statement
  readonly #oldestMinute: Statement
  readonly #minute: Statement
  readonly #oldestHour: Statement
  readonly #hour: Statement
  #firstMinute: number | null = null

  constructor(database: Database, retention: Retention, hours: Hours) {
    this.#database = database
    this.#retention = retention
    this.#hours = hours
    this.#exchangesBefore = database.prepare(`DELETE FROM exchanges WHERE id IN
      (SELECT id FROM exchanges WHERE startedAt < ? ORDER BY startedAt LIMIT ${exchangesPerStep})`)
    this.#findingsBefore = database.prepare(`DELETE FROM finding_totals WHERE (kind, digest, caller, hour, run) IN
      (SELECT kind, digest, caller, hour, run FROM finding_totals WHERE hour < ? ORDER BY hour LIMIT ${findingsPerStep})`)
    this.#oldestMinute = database.prepare('SELECT min(minute) FROM totals').pluck()
    this.#minute = database.prepare('DELETE FROM totals WHERE minute = ?')
    this.#oldestHour = database
      .prepare(
        'SELECT min(hour) FROM (SELECT min(hour) AS hour FROM hour_totals UNION SELECT min(hour) FROM closed_hours)',
      )
      .pluck()
    this.#hour = database.prepare('DELETE FROM closed_hours WHERE hour = ?')
  }

  /**
   * @param nowMinute since 1970: when the newest data is from, so that an old recording can be stored too
   * @returns whether there may be more to forget
   */
  step(nowMinute: number): boolean {
    this.#firstMinute ??= nowMinute
    let more = false
    if (nowMinute - this.#firstMinute >= patienceMinutes) {
      more = this.#forgetBefore(nowMinute - Math.floor(this.#retention.keepDays * 24 * 60))
    }
    if (this.#usedBytes() > this.#retention.maxBytes) more = this.#forgetBefore(nowMinute - 1) || more
    if (Number(this.#database.pragma('freelist_count', { simple: true })) > pagesPerStep) {
      this.#database.pragma(`incremental_vacuum(${pagesPerStep})`)
      more = true
    }
    return more
  }

  /** The oldest of everything that is before this minute. @returns whether there was any */
  #forgetBefore(minute: number): boolean {
    const exchanges = this.#exchangesBefore.run(BigInt(minute) * 60_000_000_000n).changes
    const findings = this.#findingsBefore.run(Math.floor(minute / 60)).changes
    const oldestMinute = this.#oldestMinute.get()
    const oldestHour = this.#oldestHour.get()
    const hourEnds = typeof oldestHour === 'number' ? oldestHour * 60 + 60 : Number.POSITIVE_INFINITY
    if (typeof oldestMinute === 'number' && oldestMinute < Math.min(minute, hourEnds)) {
      this.#minute.run(oldestMinute)
      return true
    }
    if (typeof oldestHour === 'number' && hourEnds <= minute) {
      // first said, then done: a reader never counts what is left of it
      this.#hour.run(oldestHour)
      this.#hours.clear(oldestHour)
      return true
    }
    return exchanges + findings > 0
  }

  #usedBytes(): number {
    const page = (name: string): number => Number(this.#database.pragma(name, { simple: true }))
    return (page('page_count') - page('freelist_count')) * page('page_size')
  }
}

/** Names that nothing uses any more. Reads the whole store: once, when a writer opens it. */
export function forgetUnusedNames(database: Database): void {
  database.exec(`
    DELETE FROM running;
    DELETE FROM digests WHERE id NOT IN (SELECT digest FROM totals) AND id NOT IN (SELECT digest FROM hour_digests)
      AND id NOT IN (SELECT digest FROM exchanges) AND id NOT IN (SELECT digest FROM finding_totals)
      AND id NOT IN (SELECT cause FROM finding_totals WHERE cause IS NOT NULL);
    DELETE FROM callers WHERE id NOT IN (SELECT caller FROM totals) AND id NOT IN (SELECT caller FROM hour_callers)
      AND id NOT IN (SELECT caller FROM finding_totals);
    DELETE FROM endpoints WHERE id NOT IN (SELECT client FROM callers) AND id NOT IN (SELECT server FROM callers)
      AND id NOT IN (SELECT client FROM exchanges) AND id NOT IN (SELECT server FROM exchanges);`)
}
