/** Everything the store knows about one digest in a range: its figures, its distribution, who runs it, and an example. */
import { z } from 'zod'
import { instantText } from '../records/instant.ts'
import { recordOfRow, type StoredRecord } from '../store/exchange-rows.ts'
import { Histogram, valueOf } from '../store/histogram.ts'
import type { Store } from '../store/store.ts'
import { endpointName } from './endpoint-name.ts'
import { inRange, type RangeParameters, startedInRange } from './time-range.ts'

/** A name with the calls that came under it; null: not known. */
export interface Share {
  name: string | null
  calls: number
}

export interface DigestDetail {
  digest: string
  digestText: string
  calls: number
  totalNs: number
  minNs: number | null
  avgNs: number | null
  p50Ns: number | null
  p95Ns: number | null
  p99Ns: number | null
  maxNs: number | null
  rowsReturned: number
  rowsAffected: number
  errors: number
  unfinished: number
  incomplete: number
  noIndexUsed: number
  requestBytes: number
  responseBytes: number
  firstSeenAt: string
  lastSeenAt: string
  users: Share[]
  databases: Share[]
  clients: Share[]
  servers: Share[]
  /** Decades from 1 us up: calls of `fromNs ≤ duration < toNs`. */
  distribution: { fromNs: number; toNs: number | null; calls: number }[]
  /** The slowest that is stored. */
  sample: StoredRecord | null
}

const totalRow = z.object({
  digest: z.string(),
  digestText: z.string(),
  calls: z.number(),
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
  firstAt: z.string(),
  lastAt: z.string(),
})

const callerRow = z.object({
  calls: z.number(),
  user: z.string().nullable(),
  database: z.string().nullable(),
  client: z.number(),
  server: z.number(),
})

/** @param id the digest's row in the store. @returns null when it was not seen in the range */
export function detailOf(store: Store, id: number, range: RangeParameters): DigestDetail | null {
  const parameters = { ...range, id }
  const row = store.database
    .prepare(
      `SELECT d.digest, d.digestText, sum(count) AS calls, sum(timed) AS timed, sum(sumNs) AS totalNs, min(minNs) AS minNs,
         max(maxNs) AS maxNs, sum(rowsReturned) AS rowsReturned, sum(rowsAffected) AS rowsAffected, sum(errors) AS errors,
         sum(unfinished) AS unfinished, sum(incomplete) AS incomplete, sum(noIndexUsed) AS noIndexUsed,
         sum(requestBytes) AS requestBytes, sum(responseBytes) AS responseBytes,
         CAST(min(firstAt) AS TEXT) AS firstAt, CAST(max(lastAt) AS TEXT) AS lastAt
       FROM totals t JOIN digests d ON d.id = t.digest WHERE t.digest = @id AND ${inRange} GROUP BY t.digest`,
    )
    .get(parameters)
  if (row === undefined) return null
  const { timed, firstAt, lastAt, ...sums } = totalRow.parse(row)
  const histogram = mergedHistogram(store, id, range)
  const quantile = (share: number): number | null => {
    const ns = histogram.quantile(share)
    return ns === null ? null : Math.round(Math.min(sums.maxNs ?? ns, Math.max(sums.minNs ?? ns, ns)))
  }
  return {
    ...sums,
    avgNs: timed === 0 ? null : Math.round(sums.totalNs / timed),
    p50Ns: quantile(0.5),
    p95Ns: quantile(0.95),
    p99Ns: quantile(0.99),
    firstSeenAt: instantText(BigInt(firstAt)),
    lastSeenAt: instantText(BigInt(lastAt)),
    ...callersOf(store, parameters),
    distribution: distributionOf(histogram),
    sample: slowestStored(store, parameters),
  }
}

export function mergedHistogram(store: Store, id: number, range: RangeParameters): Histogram {
  const histogram = new Histogram()
  const blobs = store.database
    .prepare(`SELECT histogram FROM totals t WHERE t.digest = @id AND ${inRange}`)
    .pluck()
    .iterate({ ...range, id })
  for (const blob of blobs) if (blob instanceof Uint8Array) histogram.mergeEncoded(blob)
  return histogram
}

function callersOf(
  store: Store,
  parameters: object,
): Pick<DigestDetail, 'users' | 'databases' | 'clients' | 'servers'> {
  const rows = z.array(callerRow).parse(
    store.database
      .prepare(
        `SELECT sum(t.count) AS calls, c.user, c.database, c.client, c.server FROM totals t JOIN callers c ON c.id = t.caller
         WHERE t.digest = @id AND ${inRange} GROUP BY t.caller`,
      )
      .all(parameters),
  )
  return {
    users: shares(rows, ({ user }) => user),
    databases: shares(rows, ({ database }) => database),
    clients: shares(rows, ({ client }) => endpointName(store, client)),
    servers: shares(rows, ({ server }) => endpointName(store, server)),
  }
}

function shares<Row extends { calls: number }>(rows: readonly Row[], nameOf: (row: Row) => string | null): Share[] {
  const calls = new Map<string | null, number>()
  for (const row of rows) calls.set(nameOf(row), (calls.get(nameOf(row)) ?? 0) + row.calls)
  return [...calls].map(([name, count]) => ({ name, calls: count })).sort((a, b) => b.calls - a.calls)
}

/** 1 us, 10 us … 10 s. */
const decades = Array.from({ length: 8 }, (_, power) => 10 ** (power + 3))

function distributionOf(histogram: Histogram): DigestDetail['distribution'] {
  const bounds = [0, ...decades]
  const rows = bounds.map((fromNs, index) => ({ fromNs, toNs: bounds[index + 1] ?? null, calls: 0 }))
  for (const [bucket, calls] of histogram.buckets()) {
    const row = rows.findLast(({ fromNs }) => valueOf(bucket) >= fromNs)
    if (row !== undefined) row.calls += calls
  }
  return rows
}

function slowestStored(store: Store, parameters: object): StoredRecord | null {
  const order = 'ORDER BY e.durationNs DESC NULLS LAST LIMIT 1'
  const inside = `SELECT * FROM exchange_records e WHERE e.digest = @id AND ${startedInRange} ${order}`
  const anywhere = `SELECT * FROM exchange_records e WHERE e.digest = @id ${order}`
  for (const query of [inside, anywhere]) {
    const row = z
      .record(z.string(), z.unknown())
      .optional()
      .parse(store.database.prepare(query).safeIntegers().get(parameters))
    if (row !== undefined) return recordOfRow(row)
  }
  return null
}
