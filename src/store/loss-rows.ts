/** What a run lost, by cause, as counted so far: each write replaces the one before. */
import type { Database, Statement } from 'better-sqlite3'

export class LossRows {
  readonly #upsert: Statement
  #run: number | null = null
  /** As they stand in the store. */
  #written: Readonly<Record<string, number>> = {}

  constructor(database: Database) {
    this.#upsert = database.prepare(
      'INSERT INTO losses VALUES (?, ?, ?) ON CONFLICT (run, cause) DO UPDATE SET count = excluded.count',
    )
  }

  /** Those that are not in the store yet. A zero is kept as well: it says that the cause was watched. */
  changed(run: number, counters: Readonly<Record<string, number>>): [cause: string, count: number][] {
    return Object.entries(counters).filter(([cause, count]) => run !== this.#run || this.#written[cause] !== count)
  }

  write(run: number, changed: readonly [cause: string, count: number][]): void {
    for (const [cause, count] of changed) this.#upsert.run(run, cause, count)
  }

  /** The write is done. */
  wrote(run: number, counters: Readonly<Record<string, number>>): void {
    this.#run = run
    this.#written = { ...counters }
  }
}
