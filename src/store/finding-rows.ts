/** Findings into the store: one row for each kind, digest, caller, hour and run, with the worst one's exchange as its example. */
import type { Database, Statement } from 'better-sqlite3'
import { z } from 'zod'
import type { FoundTotal } from '../findings/findings.ts'
import type { ExchangeRows, KeptExchange } from './exchange-rows.ts'
import type { StoreIdentities } from './identities.ts'
import type { Epoch } from './total-rows.ts'

export interface FindingToStore extends FoundTotal {
  kept: KeptExchange
}

const nsPerHour = 3_600_000_000_000n

const knownRow = z.object({ worst: z.number(), example: z.number().nullable() })

export class FindingRows {
  readonly #upsert: Statement
  readonly #known: Statement
  readonly #identities: StoreIdentities
  readonly #exchanges: ExchangeRows

  constructor(database: Database, identities: StoreIdentities, exchanges: ExchangeRows) {
    this.#identities = identities
    this.#exchanges = exchanges
    this.#known = database.prepare(
      `SELECT worst, example FROM finding_totals
       WHERE kind = @kind AND digest = @digest AND caller = @caller AND hour = @hour AND run = @run`,
    )
    this.#upsert = database.prepare(
      `INSERT INTO finding_totals (kind, digest, caller, hour, run, count, calls, costNs, worst, cause, firstAt, lastAt, example)
       VALUES (@kind, @digest, @caller, @hour, @run, @count, @calls, @costNs, @worst, @cause, @firstAt, @lastAt, @example)
       ON CONFLICT (kind, digest, caller, hour, run) DO UPDATE SET
         count = count + excluded.count,
         calls = calls + excluded.calls,
         costNs = costNs + excluded.costNs,
         cause = CASE WHEN excluded.worst > worst THEN excluded.cause ELSE cause END,
         worst = max(worst, excluded.worst),
         firstAt = min(firstAt, excluded.firstAt),
         lastAt = max(lastAt, excluded.lastAt),
         example = coalesce(excluded.example, example)`,
    )
  }

  /** Within the caller's transaction. */
  write(run: number, found: FindingToStore, epoch: Epoch): void {
    const protocol = 'mysql'
    const { digests, callers } = this.#identities
    const digest = digests.idOf({ digest: found.digest, protocol })
    const firstAt = epoch.ns + BigInt(Math.round(found.firstAt))
    const key = { kind: found.kind, digest, caller: callers.idOf(found.caller), hour: Number(firstAt / nsPerHour), run }
    const worst = Math.round(found.worst)
    this.#upsert.run({
      ...key,
      count: found.count,
      calls: found.calls,
      costNs: Math.round(found.costNs),
      worst,
      cause: found.cause === null ? null : digests.idOf({ digest: found.cause, protocol }),
      firstAt,
      lastAt: epoch.ns + BigInt(Math.round(found.lastAt)),
      example: this.#exampleOf(run, key, worst, found.kept, digest),
    })
  }

  /** Only the worst has its exchange stored. @returns its number; null: the one that is there stays */
  #exampleOf(run: number, key: object, worst: number, kept: KeptExchange, digest: number): number | bigint | null {
    const known = knownRow.optional().parse(this.#known.get(key))
    if (known !== undefined && known.example !== null) {
      if (known.worst >= worst) return null
      this.#exchanges.remove(known.example)
    }
    return this.#exchanges.insert(run, kept, digest)
  }
}
