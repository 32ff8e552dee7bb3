/** Totals into the store: what is there for the same minute, digest, caller and run is added to. */
import type { Database, Statement } from 'better-sqlite3'
import type { StoreIdentities } from './identities.ts'
import { measures, mergedMeasures } from './measures.ts'
import type { Total } from './total.ts'

/** What turns the times of a capture into wall-clock times. */
export interface Epoch {
  /** Nanoseconds since 1970 at the capture's time 0. */
  readonly ns: bigint
  /** Minutes since 1970 of a total's minute 0. */
  readonly minute: number
}

const keys = ['minute', 'digest', 'caller', 'run']

export class TotalRows {
  readonly #upsert: Statement
  readonly #identities: StoreIdentities

  constructor(database: Database, identities: StoreIdentities) {
    this.#identities = identities
    const columns = [...keys, ...measures]
    this.#upsert = database.prepare(`INSERT INTO totals (${columns.join(', ')})
      VALUES (${columns.map((name) => `@${name}`).join(', ')})
      ON CONFLICT (${keys.join(', ')}) DO UPDATE SET ${mergedMeasures}`)
  }

  write(run: number, total: Total, epoch: Epoch): void {
    const { digest, protocol, caller } = total
    const untimed = total.timed === 0
    const known = total.rowsKnown > 0
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
      sumNs2: total.sumNs2,
      minNs: untimed ? null : Math.round(total.minNs),
      maxNs: untimed ? null : Math.round(total.maxNs),
      rowsKnown: total.rowsKnown,
      rowsReturned: total.rowsReturned,
      minRows: known ? total.minRows : null,
      maxRows: known ? total.maxRows : null,
      rowsAffected: total.rowsAffected,
      maxAffected: total.maxAffected < 0 ? null : total.maxAffected,
      noIndexUsed: total.noIndexUsed,
      requestBytes: total.requestBytes,
      maxRequestBytes: total.maxRequestBytes,
      responseBytes: total.responseBytes,
      maxResponseBytes: total.maxResponseBytes,
      firstAt: epoch.ns + BigInt(Math.round(total.firstAt)),
      lastAt: epoch.ns + BigInt(Math.round(total.lastAt)),
      histogram: total.histogram.encode(),
    })
  }
}
