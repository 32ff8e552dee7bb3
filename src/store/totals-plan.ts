/**
 * Which rows answer a question about totals, each call counted exactly once: whole closed hours from their sums, the rest
 * of the range from minutes. Where only a compacted hour is left, a range that cuts it takes all of it.
 */
import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import type { Protocol } from './identities.ts'

export interface TotalsQuestion {
  /** Minutes since 1970; `sinceMinute ≤ minute < untilMinute`. */
  sinceMinute: number
  untilMinute: number
  /** Only what this run captured. */
  run?: number | null
  protocol?: Protocol | null
  /** The digest's number in the store. */
  digest?: number | null
  /** The callers' numbers in the store. */
  callers?: readonly number[] | null
  /** Minutes as long as there are any: for time lines. */
  finest?: boolean
}

/** Units of 60 minutes or of one: `from ≤ unit < to`. */
export interface Source {
  unit: 'hour' | 'minute'
  from: number
  to: number
}

const closedRow = z.array(z.tuple([z.number(), z.number()]))

export function sourcesOf(database: Database, { sinceMinute, untilMinute, finest }: TotalsQuestion): Source[] {
  const closed = closedRow.parse(
    database
      .prepare('SELECT hour, compacted FROM closed_hours WHERE hour * 60 < ? AND hour * 60 + 60 > ? ORDER BY hour')
      .raw()
      .all(untilMinute, sinceMinute),
  )
  const sources: Source[] = []
  let minute = sinceMinute
  for (const [hour, compacted] of closed) {
    const whole = hour * 60 >= sinceMinute && hour * 60 + 60 <= untilMinute
    if (compacted === 0 && (finest === true || !whole)) continue
    const last = sources.at(-1)
    if (hour * 60 > minute) sources.push({ unit: 'minute', from: minute, to: hour * 60 })
    else if (last?.unit === 'hour') {
      last.to = hour + 1
      minute = hour * 60 + 60
      continue
    }
    sources.push({ unit: 'hour', from: hour, to: hour + 1 })
    minute = hour * 60 + 60
  }
  if (minute < untilMinute) sources.push({ unit: 'minute', from: minute, to: untilMinute })
  return sources
}

/** Minutes that have totals, found by one seek each. */
const minutesThatAre = `(WITH RECURSIVE m (minute) AS (
    SELECT min(minute) FROM totals WHERE minute >= @from AND minute < @to
    UNION ALL
    SELECT (SELECT min(minute) FROM totals WHERE minute > m.minute AND minute < @to) FROM m WHERE m.minute IS NOT NULL
  ) SELECT minute FROM m WHERE minute IS NOT NULL)`

/** What a source offers to ask for: rows `t` with the columns of a table of totals, and a condition on them. */
export interface Rows {
  from: string
  where: string
  /** In minutes since 1970. */
  minute: string
}

/** @param by the keys that the answer is wanted by */
export function rowsOf({ unit }: Source, question: TotalsQuestion, by: { digest: boolean; caller: boolean }): Rows {
  const { run, protocol, digest, callers } = question
  const conditions: string[] = []
  const onlyDigest = digest !== null && digest !== undefined
  const onlyRun = run !== null && run !== undefined
  const onlyCallers = callers !== null && callers !== undefined
  const onlyProtocol = protocol !== null && protocol !== undefined
  if (onlyRun) conditions.push('t.run = @run')
  if (onlyCallers) conditions.push('t.caller IN (SELECT value FROM json_each(@callers))')
  const where = (...more: string[]): string => [...more, ...conditions].join(' AND ')
  const ofProtocol = onlyProtocol ? 'CROSS JOIN digests d ON d.id = t.digest AND d.protocol = @protocol' : ''
  if (unit === 'minute') {
    const from = onlyDigest
      ? `${minutesThatAre} m CROSS JOIN totals t ON t.minute = m.minute AND t.digest = @digest`
      : 'totals t'
    return { from: `${from} ${ofProtocol}`, where: where('t.minute >= @from', 't.minute < @to'), minute: 't.minute' }
  }
  const minute = 't.hour * 60'
  const range = ['t.hour >= @from', 't.hour < @to']
  if (!by.caller && !onlyRun && !onlyCallers) {
    if (onlyDigest)
      return { from: `hour_digests t ${ofProtocol}`, where: where('t.digest = @digest', ...range), minute }
    if (by.digest) {
      const digests = 'digests d CROSS JOIN hour_digests t ON t.digest = d.id'
      if (onlyProtocol) range.push('d.protocol = @protocol')
      return { from: digests, where: where(...range), minute }
    }
  }
  if (!by.digest && !onlyRun && !onlyDigest) {
    if (onlyProtocol) range.push('t.protocol = @protocol')
    return { from: 'hour_callers t', where: where(...range), minute }
  }
  const from = onlyDigest
    ? 'closed_hours h CROSS JOIN hour_totals t ON t.hour = h.hour AND t.digest = @digest'
    : 'hour_totals t'
  return {
    from: `${from} ${ofProtocol}`,
    where: where(...range, ...(onlyDigest ? ['h.hour >= @from', 'h.hour < @to'] : [])),
    minute,
  }
}
