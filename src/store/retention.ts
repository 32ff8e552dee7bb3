/** What a store forgets, a little at each flush: first by age, then by size, the oldest first. */
import type { Database, Statement } from 'better-sqlite3'

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
const minutesPerStep = 5
const pagesPerStep = 500

export class Forgetting {
  readonly #database: Database
  readonly #retention: Retention
  readonly #exchangesBefore: Statement
  readonly #oldestMinute: Statement
  readonly #minute: Statement

  constructor(database: Database, retention: Retention) {
    this.#database = database
    this.#retention = retention
    this.#exchangesBefore = database.prepare(`DELETE FROM exchanges WHERE id IN
      (SELECT id FROM exchanges WHERE startedAt < ? ORDER BY startedAt LIMIT ${exchangesPerStep})`)
    this.#oldestMinute = database.prepare('SELECT min(minute) FROM totals').pluck()
    this.#minute = database.prepare('DELETE FROM totals WHERE minute = ?')
  }

  /** @param nowMs since 1970: when the newest data is from, so that an old recording can be stored too */
  step(nowMs: number): void {
    const keptMs = this.#retention.keepDays * 86_400_000
    this.#forgetBefore(nowMs - keptMs)
    if (this.#usedBytes() > this.#retention.maxBytes) this.#forgetOldest(nowMs)
    if (Number(this.#database.pragma('freelist_count', { simple: true })) > pagesPerStep) {
      this.#database.pragma(`incremental_vacuum(${pagesPerStep})`)
    }
  }

  #forgetBefore(ms: number): void {
    this.#exchangesBefore.run(BigInt(Math.floor(ms)) * 1_000_000n)
    for (let i = 0; i < minutesPerStep; i++) {
      const oldest = this.#oldestMinute.get()
      if (typeof oldest !== 'number' || oldest >= Math.floor(ms / 60_000)) return
      this.#minute.run(oldest)
    }
  }

  /** The current minute stays, whatever the limit. */
  #forgetOldest(nowMs: number): void {
    this.#exchangesBefore.run(BigInt(nowMs) * 1_000_000n)
    for (let i = 0; i < minutesPerStep; i++) {
      const oldest = this.#oldestMinute.get()
      if (typeof oldest !== 'number' || oldest >= Math.floor(nowMs / 60_000) - 1) return
      this.#minute.run(oldest)
    }
  }

  #usedBytes(): number {
    const page = (name: string): number => Number(this.#database.pragma(name, { simple: true }))
    return (page('page_count') - page('freelist_count')) * page('page_size')
  }
}

/** Names that no total and no exchange uses any more. Reads the whole store: once, when a writer opens it. */
export function forgetUnusedNames(database: Database): void {
  database.exec(`
    DELETE FROM digests WHERE id NOT IN (SELECT digest FROM totals) AND id NOT IN (SELECT digest FROM exchanges);
    DELETE FROM callers WHERE id NOT IN (SELECT caller FROM totals);
    DELETE FROM endpoints WHERE id NOT IN (SELECT client FROM callers) AND id NOT IN (SELECT server FROM callers)
      AND id NOT IN (SELECT client FROM exchanges) AND id NOT IN (SELECT server FROM exchanges);`)
}
