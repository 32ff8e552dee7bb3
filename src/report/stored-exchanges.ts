/** Stored exchanges by what is asked of them: who, what, when, how slow. */
import { z } from 'zod'
import { recordOfRow, type StoredRecord } from '../store/exchange-rows.ts'
import type { Store } from '../store/store.ts'
import { rangeParameters, startedInRange, type TimeRange } from './time-range.ts'

/** Several values of one kind are alternatives; kinds are all asked for. */
export interface ExchangeFilter extends TimeRange {
  /** `namespace/name` or `name`, with the shell's `*`, `?` and `[…]`; of the client or the server. */
  pod: readonly string[]
  namespace: readonly string[]
  /** Digest ids or their beginnings. */
  digest: readonly string[]
  user: readonly string[]
  database: readonly string[]
  minDurationNs: number | null
  errors: boolean
  limit: number
}

interface Condition {
  sql: string
  values: string[]
}

/** The newest `limit` exchanges that match, the newest last. */
export function storedExchanges(store: Store, filter: ExchangeFilter): StoredRecord[] {
  const { range, conditions, values } = whereOf(filter)
  const rows = store.database
    .prepare(
      `SELECT * FROM exchange_records e WHERE ${[startedInRange, ...conditions].join(' AND ')}
       ORDER BY e.startedAt DESC, e.id DESC LIMIT @limit`,
    )
    .safeIntegers()
    .all({ ...range, limit: filter.limit }, ...values)
  return z.array(z.record(z.string(), z.unknown())).parse(rows).map(recordOfRow).reverse()
}

function whereOf(filter: ExchangeFilter) {
  const alternatives: Condition[] = [
    any(filter.pod, podCondition),
    any(filter.namespace, (value) => ({
      sql: '(e.clientNamespace GLOB ? OR e.serverNamespace GLOB ?)',
      values: [value, value],
    })),
    any(filter.digest, (value) => ({ sql: 'e.digestId GLOB ?', values: [`${value.toLowerCase()}*`] })),
    any(filter.user, (value) => ({ sql: 'e.user GLOB ?', values: [value] })),
    any(filter.database, (value) => ({ sql: 'e.database GLOB ?', values: [value] })),
  ].filter((each) => each !== null)
  const conditions = alternatives.map(({ sql }) => sql)
  if (filter.minDurationNs !== null) conditions.push('e.durationNs >= @minDurationNs')
  if (filter.errors) conditions.push("e.status = 'error'")
  return {
    range: { ...rangeParameters(filter), minDurationNs: filter.minDurationNs },
    conditions,
    values: alternatives.flatMap(({ values }) => values),
  }
}

function any(values: readonly string[], condition: (value: string) => Condition): Condition | null {
  if (values.length === 0) return null
  const each = values.map(condition)
  return { sql: `(${each.map(({ sql }) => sql).join(' OR ')})`, values: each.flatMap((one) => one.values) }
}

function podCondition(pattern: string): Condition {
  const name = (end: string): string =>
    pattern.includes('/') ? `(e.${end}Namespace || '/' || e.${end}Pod)` : `e.${end}Pod`
  return { sql: `(${name('client')} GLOB ? OR ${name('server')} GLOB ?)`, values: [pattern, pattern] }
}
