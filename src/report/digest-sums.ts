/** The first of two passes over totals: what every digest cost in a scope, as sums. Ranking and the report's header need no more. */
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

/** @returns every digest of the scope, of all protocols, in no order */
export function readDigestSums(store: Store, scope: Scope, { parameters, digestHours }: TotalsSource): DigestSums[] {
  const identities = new Map(
    z
      .array(identityRow)
      .parse(store.database.prepare('SELECT id, digest, digestText, protocol FROM digests').all())
      .map((row) => [row.id, row]),
  )
  const rows = store.database
    .prepare(
      `SELECT digest AS id, ${sums}
       FROM (${fromTotals(scope, measures, { hours: digestHours })}) GROUP BY digest`,
    )
    .all(parameters)
  return z
    .array(sumsRow)
    .parse(rows)
    .flatMap((sums) => {
      const identity = identities.get(sums.id)
      return identity === undefined ? [] : [{ ...sums, ...identity }]
    })
}
