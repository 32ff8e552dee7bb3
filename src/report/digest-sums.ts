/** What digests cost in a scope, as sums: a few figures of every digest to rank them by, all figures of those that are shown. */
import type { Protocol } from '../store/identities.ts'
import type { Store } from '../store/store.ts'
import type { Scope } from './scope.ts'
import { fromTotals, type TotalsSource } from './totals-source.ts'

/** As SQLite gives it: the tables are STRICT, so the columns are of these types. */
interface SumsRow {
  id: number
  calls: number
  /** How many have a duration. */
  timed: number
  totalNs: number
  minNs: number | null
  maxNs: number | null
  /** How many say how many rows there were; null: older totals did not count that. */
  rowsKnown: number | null
  rowsReturned: number
  minRows: number | null
  maxRows: number | null
  rowsAffected: number
  maxAffected: number | null
  errors: number
  unfinished: number
  incomplete: number
  noIndexUsed: number
  requestBytes: number
  maxRequestBytes: number | null
  responseBytes: number
  maxResponseBytes: number | null
  /** Nanoseconds since 1970: more than a number holds exactly. */
  firstAt: string
  lastAt: string
}

interface Identity {
  digest: string
  digestText: string
  protocol: Protocol
}

interface Times {
  firstAt: bigint
  lastAt: bigint
}

export type DigestSums = Omit<SumsRow, keyof Times> & Times & Identity

/** A figure that older totals lack is known only where every row has it. */
const whereAll = (aggregate: string, name: string): string =>
  `CASE WHEN count(*) = count(${name}) THEN ${aggregate}(${name}) END AS ${name}`

const sums = `sum(count) AS calls, sum(timed) AS timed, sum(sumNs) AS totalNs, min(minNs) AS minNs, max(maxNs) AS maxNs,
  ${whereAll('sum', 'rowsKnown')}, sum(rowsReturned) AS rowsReturned, min(minRows) AS minRows, max(maxRows) AS maxRows,
  sum(rowsAffected) AS rowsAffected, max(maxAffected) AS maxAffected, sum(errors) AS errors,
  sum(unfinished) AS unfinished, sum(incomplete) AS incomplete, sum(noIndexUsed) AS noIndexUsed,
  sum(requestBytes) AS requestBytes, ${whereAll('max', 'maxRequestBytes')},
  sum(responseBytes) AS responseBytes, ${whereAll('max', 'maxResponseBytes')},
  CAST(min(firstAt) AS TEXT) AS firstAt, CAST(max(lastAt) AS TEXT) AS lastAt`

/** Of one row. */
const measures = `t.digest, count, timed, sumNs, minNs, maxNs, rowsKnown, rowsReturned, minRows, maxRows, rowsAffected,
  maxAffected, errors, unfinished, incomplete, noIndexUsed, requestBytes, maxRequestBytes, responseBytes,
  maxResponseBytes, firstAt, lastAt`

/** What ranking and the header need. What is not needed for the order is 0: each aggregate of a month's rows has its price. */
export type DigestCost = Omit<
  DigestSums,
  | 'digestText'
  | 'rowsKnown'
  | 'minRows'
  | 'maxRows'
  | 'maxAffected'
  | 'noIndexUsed'
  | 'maxRequestBytes'
  | 'maxResponseBytes'
>

const always = ['calls', 'totalNs', 'errors', 'unfinished', 'incomplete', 'firstAt', 'lastAt'] as const
type CostColumn = Exclude<keyof DigestCost, 'id' | 'digest' | 'protocol'>
type CostRow = Pick<SumsRow, CostColumn | 'id'>

const costAggregates: Record<CostColumn, string> = {
  calls: 'sum(count)',
  timed: 'sum(timed)',
  totalNs: 'sum(sumNs)',
  minNs: 'min(minNs)',
  maxNs: 'max(maxNs)',
  rowsReturned: 'sum(rowsReturned)',
  rowsAffected: 'sum(rowsAffected)',
  errors: 'sum(errors)',
  unfinished: 'sum(unfinished)',
  incomplete: 'sum(incomplete)',
  requestBytes: 'sum(requestBytes)',
  responseBytes: 'sum(responseBytes)',
  firstAt: 'CAST(min(firstAt) AS TEXT)',
  lastAt: 'CAST(max(lastAt) AS TEXT)',
}

/** @returns every digest of the scope, of all protocols, in no order. @param needed what is to be known beyond the header's figures */
export function readDigestCosts(
  store: Store,
  scope: Scope,
  { parameters, digestHours }: TotalsSource,
  needed: readonly CostColumn[],
): DigestCost[] {
  const wanted: ReadonlySet<string> = new Set([...always, ...needed])
  const aggregates = Object.entries(costAggregates).map(([name, sql]) => `${wanted.has(name) ? sql : '0'} AS ${name}`)
  const rows = store.database
    .prepare(
      `SELECT digest AS id, ${aggregates.join(', ')} FROM (${fromTotals(scope, measures, { hours: digestHours })})
       GROUP BY digest`,
    )
    .all(parameters) as CostRow[]
  const names = store.database.prepare('SELECT id, digest, protocol FROM digests').all() as ({ id: number } & Omit<
    Identity,
    'digestText'
  >)[]
  return named(rows, names)
}

/** @param ids default: every digest of the scope. @returns in no order */
export function readDigestSums(
  store: Store,
  scope: Scope,
  { parameters, digestHours }: TotalsSource,
  ids?: readonly number[],
): DigestSums[] {
  const condition = ids === undefined ? 'true' : 't.digest IN (SELECT value FROM json_each(@ids))'
  const rows = store.database
    .prepare(
      `SELECT digest AS id, ${sums} FROM (${fromTotals(scope, measures, { hours: digestHours, condition })})
       GROUP BY digest`,
    )
    .all({ ...parameters, ids: JSON.stringify(ids ?? []) }) as SumsRow[]
  const names = store.database
    .prepare('SELECT id, digest, digestText, protocol FROM digests WHERE id IN (SELECT value FROM json_each(?))')
    .all(JSON.stringify(rows.map(({ id }) => id))) as ({ id: number } & Identity)[]
  return named(rows, names)
}

/** @param names of these digests, and maybe of others */
function named<Row extends { id: number; firstAt: string; lastAt: string }, Name extends { id: number }>(
  rows: readonly Row[],
  names: readonly Name[],
): (Omit<Row, keyof Times> & Times & Name)[] {
  const found = new Map(names.map((name) => [name.id, name]))
  return rows.flatMap((row) => {
    const name = found.get(row.id)
    return name === undefined ? [] : [{ ...row, ...name, firstAt: BigInt(row.firstAt), lastAt: BigInt(row.lastAt) }]
  })
}
