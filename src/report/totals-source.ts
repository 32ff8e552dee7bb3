/**
 * Where totals are read: in the hours that the store has summed up, and in the minutes of the others. A range that begins or
 * ends inside an hour whose minutes are gone has the hours that begin in it.
 */
import { z } from 'zod'
import type { Store } from '../store/store.ts'
import type { Scope } from './scope.ts'

const minutesPerHour = 60
/** From so many hours on the sums by digest are quicker to read than those by hour, digest and caller. */
const manyHours = 6

const hourRow = z.object({ hour: z.number(), compacted: z.number() })
const reach = z.object({ first: z.number().nullable(), last: z.number().nullable() })

export interface TotalsSource {
  /** Parameters of the statements that {@link fromTotals} makes, with the scope's own. */
  readonly parameters: Record<string, unknown>
  /** How exact the coarsest totals are. */
  readonly leastSeconds: number
  /** Where sums of digests over all callers are read from. */
  readonly digestHours: HourTable
}

export function totalsSource(store: Store, scope: Scope): TotalsSource {
  const { sinceMinute, untilMinute } = scope
  const rows = store.database
    .prepare('SELECT hour, compacted FROM closed_hours WHERE hour >= ? AND hour < ? ORDER BY hour')
    .all(Math.floor(sinceMinute / minutesPerHour), Math.ceil(untilMinute / minutesPerHour))
  const hours = z
    .array(hourRow)
    .parse(rows)
    .filter(({ hour, compacted }) => {
      const from = hour * minutesPerHour
      return from >= sinceMinute && (compacted === 1 || from + minutesPerHour <= untilMinute)
    })
    .map(({ hour }) => hour)
  const minutes = reach.parse(
    // each alone is one look into the index; both in one SELECT read all of it
    store.database
      .prepare('SELECT (SELECT min(minute) FROM totals) AS first, (SELECT max(minute) FROM totals) AS last')
      .get(),
  )
  const from = Math.max(sinceMinute, minutes.first ?? 0)
  const to = Math.min(untilMinute, (minutes.last ?? -1) + 1)
  return {
    parameters: {
      ...scope.parameters,
      hours: JSON.stringify(hours),
      spans: JSON.stringify(spansWithout(hours, from, to)),
    },
    leastSeconds: hours.length > 0 ? 3600 : 60,
    digestHours: scope.everybody && hours.length >= manyHours ? 'hour_digests' : 'hour_totals',
  }
}

/** Minutes from `from` to `to` that are in none of the hours, as `[from, to]` pairs. */
function spansWithout(hours: readonly number[], from: number, to: number): [number, number][] {
  const spans: [number, number][] = []
  let at = from
  for (const hour of hours) {
    if (hour * minutesPerHour > at) spans.push([at, Math.min(to, hour * minutesPerHour)])
    at = Math.max(at, (hour + 1) * minutesPerHour)
  }
  if (at < to) spans.push([at, to])
  return spans.filter(([begin, end]) => begin < end)
}

/** `hour_digests` are of all callers and runs, `hour_callers` of all digests and runs. */
type HourTable = 'hour_totals' | 'hour_digests' | 'hour_callers'

/**
 * @param columns of a row `t` of totals; `$minute` stands for its first minute, `$protocol` for what it is of
 * @param hours which table has the hours
 * @param condition on `t`, beyond the scope's
 */
export function fromTotals(
  scope: Scope,
  columns: string,
  { hours = 'hour_totals', condition = 'true' }: { hours?: HourTable; condition?: string } = {},
): string {
  const protocol = '(SELECT d.protocol FROM digests d WHERE d.id = t.digest)'
  const minuteColumns = columns.replaceAll('$minute', 't.minute').replaceAll('$protocol', protocol)
  const hourColumns = columns
    .replaceAll('$minute', `t.hour * ${minutesPerHour}`)
    .replaceAll('$protocol', hours === 'hour_callers' ? 't.protocol' : protocol)
  const where = `${scope.totals} AND ${condition}`
  // hour_digests is in the order of digests: hours are picked from each. The others are in the order of hours.
  const hourRows =
    hours === 'hour_digests'
      ? `hour_digests t WHERE t.hour IN (SELECT value FROM json_each(@hours)) AND ${where}`
      : `json_each(@hours) i CROSS JOIN ${hours} t ON t.hour = i.value WHERE ${where}`
  return `SELECT ${minuteColumns} FROM json_each(@spans) i
      CROSS JOIN totals t ON t.minute >= i.value ->> 0 AND t.minute < i.value ->> 1 WHERE ${where}
    UNION ALL SELECT ${hourColumns} FROM ${hourRows}`
}
