/** Totals as they are asked for: summed over a range by digest, by caller or over time, from whatever rows hold them. */
import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { Histogram } from './histogram.ts'
import { rowsOf, type Source, sourcesOf, type TotalsQuestion } from './totals-plan.ts'

const sum = (name: string) => `sum(t.${name}) AS ${name}`
/** Null when it is not known of some of the rows. */
const knownSum = (name: string) => `CASE WHEN count(t.${name}) = count(*) THEN sum(t.${name}) END AS ${name}`
const least = (name: string) => `min(t.${name}) AS ${name}`
const greatest = (name: string) => `max(t.${name}) AS ${name}`

const summed = [
  ...'count timed errors unfinished incomplete sumNs rowsReturned rowsAffected noIndexUsed requestBytes responseBytes'
    .split(' ')
    .map(sum),
  ...'sumNs2 rowsKnown'.split(' ').map(knownSum),
  ...'minNs minRows'.split(' ').map(least),
  ...'maxNs maxRows maxAffected maxRequestBytes maxResponseBytes'.split(' ').map(greatest),
  'CAST(min(t.firstAt) AS TEXT) AS firstAt',
  'CAST(max(t.lastAt) AS TEXT) AS lastAt',
].join(', ')

const instant = z.string().transform(BigInt)
const unknown = z.number().nullable()

const totalsRow = z.object({
  count: z.number(),
  /** How many have a duration. */
  timed: z.number(),
  errors: z.number(),
  unfinished: z.number(),
  incomplete: z.number(),
  sumNs: z.number(),
  /** Sum of the durations' squares. */
  sumNs2: unknown,
  minNs: unknown,
  maxNs: unknown,
  /** How many are known to have returned so many rows. */
  rowsKnown: unknown,
  rowsReturned: z.number(),
  minRows: unknown,
  maxRows: unknown,
  rowsAffected: z.number(),
  maxAffected: unknown,
  noIndexUsed: z.number(),
  requestBytes: z.number(),
  maxRequestBytes: unknown,
  responseBytes: z.number(),
  maxResponseBytes: unknown,
  /** Nanoseconds since 1970. */
  firstAt: instant,
  lastAt: instant,
})

export type SummedTotals = z.output<typeof totalsRow>

/** What sums are told apart by: numbers of digests and callers in the store, and the minute at which a bucket of time begins. */
export interface TotalsKey {
  digest: number | null
  caller: number | null
  minute: number | null
}

export interface GroupedTotals extends TotalsKey {
  totals: SummedTotals
}

export interface Grouping {
  digest?: boolean
  caller?: boolean
  /** Width of the buckets of time; where hours are all that is left, at least 60 makes sense. */
  bucketMinutes?: number
}

const keyColumns = z.object({ digest: unknown, caller: unknown, minute: unknown })

/** In no particular order. */
export function readTotals(database: Database, question: TotalsQuestion, grouping: Grouping = {}): GroupedTotals[] {
  const groups = new Map<string, GroupedTotals>()
  for (const source of sourcesOf(database, question)) {
    const { sql, parameters } = query(source, question, grouping, summed)
    for (const row of database.prepare(sql).all(parameters)) {
      const key = keyColumns.parse(row)
      // without keys SQL gives one row of nothing
      if (z.object({ count: unknown }).parse(row).count === null) continue
      const totals = totalsRow.parse(row)
      const name = `${key.digest} ${key.caller} ${key.minute}`
      const group = groups.get(name)
      if (group === undefined) groups.set(name, { ...key, totals })
      else add(group.totals, totals)
    }
  }
  return [...groups.values()]
}

/** Latencies by the same keys. Reads every row: give it a digest, or ask for as few keys as will do. */
export function readHistograms(
  database: Database,
  question: TotalsQuestion,
  grouping: Grouping = {},
): (TotalsKey & { histogram: Histogram })[] {
  const groups = new Map<string, TotalsKey & { histogram: Histogram }>()
  for (const source of sourcesOf(database, question)) {
    const { sql, parameters } = query(source, question, grouping, null)
    const rows = database.prepare(sql).raw().iterate(parameters) as IterableIterator<
      [digest: number | null, caller: number | null, minute: number | null, histogram: Uint8Array]
    >
    // not checked by zod: there may be millions, and the schema is strict
    for (const [digest, caller, minute, encoded] of rows) {
      const name = `${digest} ${caller} ${minute}`
      let group = groups.get(name)
      if (group === undefined) {
        group = { digest, caller, minute, histogram: new Histogram() }
        groups.set(name, group)
      }
      group.histogram.mergeEncoded(encoded)
    }
  }
  return [...groups.values()]
}

/** @param columns what to read of each group; null: the histogram of each row */
function query(source: Source, question: TotalsQuestion, grouping: Grouping, columns: string | null) {
  const by = { digest: grouping.digest === true, caller: grouping.caller === true }
  const { from, where, minute } = rowsOf(source, question, by)
  const bucket =
    grouping.bucketMinutes === undefined ? 'NULL' : `${minute} / CAST(@bucket AS INTEGER) * CAST(@bucket AS INTEGER)`
  const keys: [name: string, expression: string][] = [
    ['digest', by.digest ? 't.digest' : 'NULL'],
    ['caller', by.caller ? 't.caller' : 'NULL'],
    ['minute', bucket],
  ]
  const grouped = keys.map(([, expression]) => expression).filter((expression) => expression !== 'NULL')
  const list = keys.map(([name, expression]) => `${expression} AS ${name}`).join(', ')
  const group = columns === null || grouped.length === 0 ? '' : `GROUP BY ${grouped.join(', ')}`
  return {
    sql: `SELECT ${list}, ${columns ?? 't.histogram'} FROM ${from} WHERE ${where} ${group}`,
    parameters: {
      from: source.from,
      to: source.to,
      run: question.run ?? null,
      protocol: question.protocol ?? null,
      digest: question.digest ?? null,
      callers: JSON.stringify(question.callers ?? []),
      bucket: grouping.bucketMinutes ?? null,
    },
  }
}

function add(into: SummedTotals, more: SummedTotals): void {
  into.count += more.count
  into.timed += more.timed
  into.errors += more.errors
  into.unfinished += more.unfinished
  into.incomplete += more.incomplete
  into.sumNs += more.sumNs
  into.sumNs2 = both(into.sumNs2, more.sumNs2)
  into.minNs = lesser(into.minNs, more.minNs)
  into.maxNs = greater(into.maxNs, more.maxNs)
  into.rowsKnown = both(into.rowsKnown, more.rowsKnown)
  into.rowsReturned += more.rowsReturned
  into.minRows = lesser(into.minRows, more.minRows)
  into.maxRows = greater(into.maxRows, more.maxRows)
  into.rowsAffected += more.rowsAffected
  into.maxAffected = greater(into.maxAffected, more.maxAffected)
  into.noIndexUsed += more.noIndexUsed
  into.requestBytes += more.requestBytes
  into.maxRequestBytes = greater(into.maxRequestBytes, more.maxRequestBytes)
  into.responseBytes += more.responseBytes
  into.maxResponseBytes = greater(into.maxResponseBytes, more.maxResponseBytes)
  if (more.firstAt < into.firstAt) into.firstAt = more.firstAt
  if (more.lastAt > into.lastAt) into.lastAt = more.lastAt
}

function both(one: number | null, other: number | null): number | null {
  return one === null || other === null ? null : one + other
}

function lesser(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other)
}

function greater(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.max(one, other)
}
