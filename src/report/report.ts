/** The slow-SQL report as data: the whole, the profile ranked by total time, and lost data in numbers. Also the `--json` form. */
import { z } from 'zod'
import { instantText } from '../records/instant.ts'
import type { Protocol } from '../store/identities.ts'
import type { Store } from '../store/store.ts'
import { type DigestDetail, detailOf } from './digest-detail.ts'
import { inRange, type RangeParameters, rangeParameters, runInRange, type TimeRange } from './time-range.ts'

export interface ReportOptions extends TimeRange {
  protocol: Protocol
  /** How many digests to rank. */
  limit: number
}

export interface Report {
  protocol: Protocol
  /** First start and last end of what was seen; null when nothing was. */
  since: string | null
  until: string | null
  rangeNs: number
  calls: number
  digests: number
  callsPerSecond: number
  totalNs: number
  /** Total time by elapsed time: how many ran at once on average. */
  concurrency: number
  errors: number
  unfinished: number
  incomplete: number
  /** What the capture lost, by cause. */
  lost: Record<string, number>
  /** Calls of the other protocols in the same range. */
  otherCalls: Record<string, number>
  profile: ProfileRow[]
}

export interface ProfileRow extends DigestDetail {
  rank: number
  /** Of the total time, 0 to 1. */
  share: number
}

const whole = z.object({
  calls: z.number(),
  digests: z.number(),
  totalNs: z.number(),
  errors: z.number(),
  unfinished: z.number(),
  incomplete: z.number(),
  firstAt: z.string().nullable(),
  lastAt: z.string().nullable(),
})

export function readReport(store: Store, options: ReportOptions): Report {
  const { protocol, limit } = options
  const parameters = rangeParameters(options)
  // A reader sees one state of the store from here on, although a capture goes on writing.
  return store.database.transaction((): Report => {
    const { firstAt, lastAt, ...sums } = readWhole(store, parameters, protocol)
    const rangeNs = firstAt === null || lastAt === null ? 0 : Number(BigInt(lastAt) - BigInt(firstAt))
    const profile = rankedDigests(store, parameters, protocol, limit)
      .map((id) => detailOf(store, id, parameters))
      .filter((detail) => detail !== null)
      .map((detail, index) => ({ rank: index + 1, share: detail.totalNs / Math.max(1, sums.totalNs), ...detail }))
    return {
      protocol,
      since: firstAt === null ? null : instantText(BigInt(firstAt)),
      until: lastAt === null ? null : instantText(BigInt(lastAt)),
      rangeNs,
      ...sums,
      callsPerSecond: rangeNs === 0 ? 0 : sums.calls / (rangeNs / 1e9),
      concurrency: rangeNs === 0 ? 0 : sums.totalNs / rangeNs,
      lost: lostData(store, parameters),
      otherCalls: otherCalls(store, parameters, protocol),
      profile,
    }
  })()
}

function readWhole(store: Store, parameters: RangeParameters, protocol: Protocol): z.output<typeof whole> {
  const row = store.database
    .prepare(
      `SELECT ifnull(sum(count), 0) AS calls, count(DISTINCT t.digest) AS digests, ifnull(sum(sumNs), 0) AS totalNs,
         ifnull(sum(errors), 0) AS errors, ifnull(sum(unfinished), 0) AS unfinished,
         ifnull(sum(incomplete), 0) AS incomplete,
         CAST(min(firstAt) AS TEXT) AS firstAt, CAST(max(lastAt) AS TEXT) AS lastAt
       FROM totals t JOIN digests d ON d.id = t.digest WHERE ${inRange} AND d.protocol = @protocol`,
    )
    .get({ ...parameters, protocol })
  return whole.parse(row)
}

function rankedDigests(store: Store, parameters: RangeParameters, protocol: Protocol, limit: number): number[] {
  const ids = store.database
    .prepare(
      `SELECT t.digest FROM totals t JOIN digests d ON d.id = t.digest WHERE ${inRange} AND d.protocol = @protocol
       GROUP BY t.digest ORDER BY sum(sumNs) DESC, sum(count) DESC, d.digest LIMIT @limit`,
    )
    .pluck()
    .all({ ...parameters, protocol, limit })
  return z.array(z.number()).parse(ids)
}

const counts = z.array(z.tuple([z.string(), z.number()]))

function lostData(store: Store, parameters: RangeParameters): Record<string, number> {
  const rows = store.database
    .prepare(
      `SELECT l.cause, sum(l.count) FROM losses l JOIN runs r ON r.id = l.run WHERE ${runInRange} GROUP BY l.cause ORDER BY l.cause`,
    )
    .raw()
    .all(parameters)
  return Object.fromEntries(counts.parse(rows))
}

function otherCalls(store: Store, parameters: RangeParameters, protocol: Protocol): Record<string, number> {
  const rows = store.database
    .prepare(
      `SELECT d.protocol, sum(t.count) FROM totals t JOIN digests d ON d.id = t.digest
       WHERE ${inRange} AND d.protocol <> @protocol GROUP BY d.protocol`,
    )
    .raw()
    .all({ ...parameters, protocol })
  return Object.fromEntries(counts.parse(rows))
}

/** @returns one JSON object, with its end of line */
export function reportJson(store: Store, options: ReportOptions): string {
  return `${JSON.stringify(readReport(store, options))}\n`
}
