/** Totals into the store: what is there for the same minute, digest, caller and run is added to. */
import type { Database, Statement } from 'better-sqlite3'
import type { Hours } from './hours.ts'
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

export class TotalRows {
  readonly #identities: StoreIdentities
  readonly #hours: Hours
  readonly #intoMinute: Statement
  readonly #intoHour: readonly Statement[]
  /** Hours of the present batch whose minutes no longer count. */
  readonly #compacted = new Set<number>()
  readonly #looked = new Set<number>()

  constructor(database: Database, identities: StoreIdentities, hours: Hours) {
    this.#identities = identities
    this.#hours = hours
    const upsert = (table: string, ...keys: string[]): Statement => {
      const columns = [...keys, ...measures]
      return database.prepare(`INSERT INTO ${table} (${columns.join(', ')})
        VALUES (${columns.map((name) => `@${name}`).join(', ')})
        ON CONFLICT (${keys.join(', ')}) DO UPDATE SET ${mergedMeasures}`)
    }
    this.#intoMinute = upsert('totals', 'minute', 'digest', 'caller', 'run')
    this.#intoHour = [
      upsert('hour_totals', 'hour', 'digest', 'caller', 'run'),
      upsert('hour_digests', 'hour', 'digest'),
      upsert('hour_callers', 'hour', 'caller', 'protocol'),
    ]
  }

  /** All of them within the caller's transaction. */
  write(run: number, totals: readonly Total[], epoch: Epoch): void {
    this.#compacted.clear()
    this.#looked.clear()
    for (const total of totals) {
      const minute = epoch.minute + total.minute
      const hour = Math.floor(minute / 60)
      if (!this.#looked.has(hour)) this.#look(hour)
      const row = { ...this.#row(total, epoch), minute, hour, run }
      if (!this.#compacted.has(hour)) this.#intoMinute.run(row)
      else for (const each of this.#intoHour) each.run(row)
    }
  }

  #look(hour: number): void {
    this.#looked.add(hour)
    const state = this.#hours.stateOf(hour)
    if (state === 'compacted') this.#compacted.add(hour)
    else this.#hours.reopen(hour)
  }

  #row(total: Total, epoch: Epoch): object {
    const { digest, protocol, caller } = total
    const untimed = total.timed === 0
    const known = total.rowsKnown > 0
    return {
      digest: this.#identities.digests.idOf({ digest, protocol }),
      caller: this.#identities.callers.idOf(caller),
      protocol,
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
    }
  }
}
