/** Totals into the store: what is there for the same minute, run, digest and caller is added to. */
import type { Database, Statement } from 'better-sqlite3'
import { Histogram } from './histogram.ts'
import type { StoreIdentities } from './identities.ts'
import type { Total } from './total.ts'

const sums =
  'count timed errors unfinished incomplete sumNs rowsReturned rowsAffected noIndexUsed requestBytes responseBytes'.split(
    ' ',
  )

/** What turns the times of a capture into wall-clock times. */
export interface Epoch {
  /** Nanoseconds since 1970 at the capture's time 0. */
  readonly ns: bigint
  /** Minutes since 1970 of a total's minute 0. */
  readonly minute: number
}

export class TotalRows {
  readonly #upsert: Statement
  readonly #identities: StoreIdentities

  constructor(database: Database, identities: StoreIdentities) {
    this.#identities = identities
    database.function('merged_histogram', { deterministic: true }, (left: unknown, right: unknown) => {
      const merged = new Histogram()
      for (const each of [left, right]) if (each instanceof Uint8Array) merged.mergeEncoded(each)
      return merged.encode()
    })
    const columns = ['minute', 'run', 'digest', 'caller', ...sums, 'minNs', 'maxNs', 'firstAt', 'lastAt', 'histogram']
    // SQLite's min() and max() of two values are null when one is: an unknown duration must not hide a known one.
    this.#upsert = database.prepare(`INSERT INTO totals (${columns.join(', ')})
      VALUES (${columns.map((name) => `@${name}`).join(', ')})
      ON CONFLICT (minute, run, digest, caller) DO UPDATE SET
        ${sums.map((name) => `${name} = ${name} + excluded.${name}`).join(', ')},
        minNs = coalesce(min(minNs, excluded.minNs), minNs, excluded.minNs),
        maxNs = coalesce(max(maxNs, excluded.maxNs), maxNs, excluded.maxNs),
        firstAt = min(firstAt, excluded.firstAt),
        lastAt = max(lastAt, excluded.lastAt),
        histogram = merged_histogram(histogram, excluded.histogram)`)
  }

  write(run: number, total: Total, epoch: Epoch): void {
    const { digest, protocol, caller } = total
    this.#upsert.run({
      minute: epoch.minute + total.minute,
      run,
      digest: this.#identities.digests.idOf({ digest, protocol }),
      caller: this.#identities.callers.idOf(caller),
      count: total.count,
      timed: total.timed,
      errors: total.errors,
      unfinished: total.unfinished,
      incomplete: total.incomplete,
      sumNs: Math.round(total.sumNs),
      rowsReturned: total.rowsReturned,
      rowsAffected: total.rowsAffected,
      noIndexUsed: total.noIndexUsed,
      requestBytes: total.requestBytes,
      responseBytes: total.responseBytes,
      minNs: total.timed === 0 ? null : Math.round(total.minNs),
      maxNs: total.timed === 0 ? null : Math.round(total.maxNs),
      firstAt: epoch.ns + BigInt(Math.round(total.firstAt)),
      lastAt: epoch.ns + BigInt(Math.round(total.lastAt)),
      histogram: total.histogram.encode(),
    })
  }
}
