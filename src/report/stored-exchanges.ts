/** Stored exchanges by what is asked of them: who, what, when, how slow; a page at a time. */
import { z } from 'zod'
import { recordOfRow, type StoredRecord } from '../store/exchange-rows.ts'
import type { Store } from '../store/store.ts'
import { scopeOf, type Selection } from './scope.ts'

export interface ExchangeFilter extends Selection {
  minDurationNs?: number | null | undefined
  errors?: boolean | undefined
  limit: number
  /** How many of the newest are left out. */
  offset?: number | undefined
  /** Only those stored after this one, the oldest first: how a reader follows a growing store. */
  after?: number | undefined
}

/** Without `after` the newest `limit` that match. The newest is the last. */
export function storedExchanges(store: Store, filter: ExchangeFilter): StoredRecord[] {
  const { minDurationNs = null, errors = false, limit, offset = 0, after } = filter
  const { exchanges, parameters } = scopeOf(filter)
  const conditions = [exchanges]
  if (minDurationNs !== null) conditions.push('e.durationNs >= @minDurationNs')
  if (errors) conditions.push("e.status = 'error'")
  if (after !== undefined) conditions.push('e.id > @after')
  const order = after === undefined ? 'e.startedAt DESC, e.id DESC' : 'e.id'
  const rows = store.database
    .prepare(
      `SELECT * FROM exchange_records e WHERE ${conditions.join(' AND ')} ORDER BY ${order} LIMIT @limit OFFSET @offset`,
    )
    .safeIntegers()
    .all({ ...parameters, minDurationNs, after: after ?? null, limit, offset })
  const records = z.array(z.record(z.string(), z.unknown())).parse(rows).map(recordOfRow)
  return after === undefined ? records.reverse() : records
}
