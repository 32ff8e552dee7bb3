/** What digests cost in a scope, as sums: a few figures of every digest to rank them by, all figures of those that are shown. */
import { z } from 'zod'
import type { Protocol } from '../store/identities.ts'
import type { Store } from '../store/store.ts'
import type { Scope } from './scope.ts'
import { fromTotals, type TotalsSource } from './totals-source.ts'

const sumsRow = z.object({
  id: z.number(),
  calls: z.number(),
  /** How many have a duration. */
  timed: z.number(),
  totalNs: z.number(),
  minNs: z.number().nullable(),
  maxNs: z.number().nullable(),
  /** How many say how many rows there were. */
  rowsKnown: z.number().nullable(),
  rowsReturned: z.number(),
  minRows: z.number().nullable(),
  maxRows: z.number().nullable(),
  rowsAffected: z.number(),
  maxAffected: z.number().nullable(),
  errors: z.number(),
  unfinished: z.number(),
  incomplete: z.number(),
  noIndexUsed: z.number(),
  requestBytes: z.number(),
  maxRequestBytes: z.number().nullable(),
  responseBytes: z.number(),
  maxResponseBytes: z.number().nullable(),
  /** Nanoseconds since 1970: more than a number holds exactly. */
  firstAt: z.string().transform(BigInt),
  lastAt: z.string().transform(BigInt),
})

const identityRow = z.object({
  id: z.number(),
  digest: z.string(),
  digestText: z.string(),
  protocol: z.enum(['mysql', 'http']),
})

export interface DigestSums extends z.output<typeof sumsRow> {
  digest: string
  digestText: string
  protocol: Protocol
}

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
  'rowsKnown' | 'minRows' | 'maxRows' | 'maxAffected' | 'noIndexUsed' | 'maxRequestBytes' | 'maxResponseBytes'
>

const costRow = sumsRow.omit({
  rowsKnown: true,
  minRows: true,
  maxRows: true,
  maxAffected: true,
  noIndexUsed: true,
  maxRequestBytes: true,
  maxResponseBytes: true,
})

const always = ['calls', 'totalNs', 'errors', 'unfinished', 'incomplete', 'firstAt', 'lastAt'] as const
type CostColumn = Exclude<keyof z.output<typeof costRow>, 'id'>

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
    .all(parameters)
  return named(store, z.array(costRow).parse(rows))
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
    .all({ ...parameters, ids: JSON.stringify(ids ?? []) })
  return named(store, z.array(sumsRow).parse(rows))
}

type Identity = z.output<typeof identityRow>

function named<Row extends { id: number }>(store: Store, rows: readonly Row[]): (Row & Identity)[] {
  const identities = new Map(
    z
      .array(identityRow)
      .parse(store.database.prepare('SELECT id, digest, digestText, protocol FROM digests').all())
      .map((row) => [row.id, row]),
  )
  return rows.flatMap((row) => {
    const identity = identities.get(row.id)
    return identity === undefined ? [] : [{ ...row, ...identity }]
  })
}
