/** The first of two passes over totals: what every digest cost in a scope, as sums. Ranking and the report's header need no more. */
import { z } from 'zod'
import type { Protocol } from '../store/identities.ts'
import type { Store } from '../store/store.ts'
import type { Scope } from './scope.ts'

const sumsRow = z.object({
  id: z.number(),
  calls: z.number(),
  /** How many have a duration. */
  timed: z.number(),
  totalNs: z.number(),
  minNs: z.number().nullable(),
  maxNs: z.number().nullable(),
  rowsReturned: z.number(),
  rowsAffected: z.number(),
  errors: z.number(),
  unfinished: z.number(),
  incomplete: z.number(),
  noIndexUsed: z.number(),
  requestBytes: z.number(),
  responseBytes: z.number(),
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

/** @returns every digest of the scope, of all protocols, in no order */
export function readDigestSums(store: Store, scope: Scope): DigestSums[] {
  const identities = new Map(
    z
      .array(identityRow)
      .parse(store.database.prepare('SELECT id, digest, digestText, protocol FROM digests').all())
      .map((row) => [row.id, row]),
  )
  const rows = store.database
    .prepare(
      `SELECT t.digest AS id, sum(count) AS calls, sum(timed) AS timed, sum(sumNs) AS totalNs, min(minNs) AS minNs,
         max(maxNs) AS maxNs, sum(rowsReturned) AS rowsReturned, sum(rowsAffected) AS rowsAffected, sum(errors) AS errors,
         sum(unfinished) AS unfinished, sum(incomplete) AS incomplete, sum(noIndexUsed) AS noIndexUsed,
         sum(requestBytes) AS requestBytes, sum(responseBytes) AS responseBytes,
         CAST(min(firstAt) AS TEXT) AS firstAt, CAST(max(lastAt) AS TEXT) AS lastAt
       FROM totals t WHERE ${scope.totals} GROUP BY t.digest`,
    )
    .all(scope.parameters)
  return z
    .array(sumsRow)
    .parse(rows)
    .flatMap((sums) => {
      const identity = identities.get(sums.id)
      return identity === undefined ? [] : [{ ...sums, ...identity }]
    })
}
