/** Everything the store knows about one digest in a scope: its figures, its distribution and course, who runs it, and examples. */
import { z } from 'zod'
import { instantText } from '../records/instant.ts'
import { recordOfRow, type StoredRecord } from '../store/exchange-rows.ts'
import { boundsOf, type Histogram } from '../store/histogram.ts'
import type { Store } from '../store/store.ts'
import type { DigestSums } from './digest-sums.ts'
import { type CallerSums, type DigestTraits, readDigestTraits } from './digest-traits.ts'
import { endpointName } from './endpoint-name.ts'
import type { Scope } from './scope.ts'
import { type Spread, spreadOf } from './spread.ts'
import type { TimeLine } from './time-line.ts'
import type { TotalsSource } from './totals-source.ts'

/** A name with what came under it; null: not known. */
export interface Share {
  name: string | null
  calls: number
  totalNs: number
}

/** Calls of `fromNs ≤ duration < toNs`. */
export interface DistributionBin {
  fromNs: number
  toNs: number
  calls: number
}

export interface DigestDetail extends Spread, Omit<DigestSums, 'id' | 'firstAt' | 'lastAt'> {
  avgNs: number | null
  firstSeenAt: string
  lastSeenAt: string
  users: Share[]
  databases: Share[]
  clients: Share[]
  servers: Share[]
  /** From the bin of the fastest call to that of the slowest, 1-2-5 steps. */
  distribution: DistributionBin[]
  /** Calls and time in each step of the report's time line. */
  timeLine: { calls: number[]; totalNs: number[] }
  /** The slowest that is stored; in the range where there is one. */
  sample: StoredRecord | null
  /** The stored one whose duration is nearest to the median, where it is not the slowest. */
  typicalSample: StoredRecord | null
}

const callerRow = z.object({
  id: z.number(),
  user: z.string().nullable(),
  database: z.string().nullable(),
  client: z.number(),
  server: z.number(),
})

type Caller = z.output<typeof callerRow>

/** @returns in the order of `digests` */
export function readDetails(
  store: Store,
  scope: Scope,
  source: TotalsSource,
  digests: readonly DigestSums[],
  timeLine: TimeLine,
): DigestDetail[] {
  const traits = readDigestTraits(
    store,
    scope,
    source,
    digests.map(({ id }) => id),
    timeLine,
  )
  const callers = readCallers(store)
  return digests.flatMap((sums) => {
    const trait = traits.get(sums.id)
    return trait === undefined ? [] : [detailOf(store, scope, sums, trait, callers)]
  })
}

function detailOf(
  store: Store,
  scope: Scope,
  { id, firstAt, lastAt, ...sums }: DigestSums,
  { histogram, calls, totalNs, callers: byCaller }: DigestTraits,
  callers: ReadonlyMap<number, Caller>,
): DigestDetail {
  const spread = spreadOf(histogram, sums.minNs, sums.maxNs)
  const shares = (nameOf: (caller: Caller) => string | null): Share[] => sharesOf(byCaller, callers, nameOf)
  const sample = slowestStored(store, scope, id)
  return {
    ...sums,
    avgNs: sums.timed === 0 ? null : Math.round(sums.totalNs / sums.timed),
    ...spread,
    firstSeenAt: instantText(firstAt),
    lastSeenAt: instantText(lastAt),
    users: shares(({ user }) => user),
    databases: shares(({ database }) => database),
    clients: shares(({ client }) => endpointName(store, client)),
    servers: shares(({ server }) => endpointName(store, server)),
    distribution: distributionOf(histogram),
    timeLine: { calls, totalNs },
    sample,
    typicalSample: typicalStored(store, scope, id, spread.p50Ns, sample),
  }
}

function readCallers(store: Store): Map<number, Caller> {
  const rows = store.database.prepare('SELECT id, user, database, client, server FROM callers').all()
  return new Map(
    z
      .array(callerRow)
      .parse(rows)
      .map((caller) => [caller.id, caller]),
  )
}

function sharesOf(
  sums: ReadonlyMap<number, CallerSums>,
  callers: ReadonlyMap<number, Caller>,
  nameOf: (caller: Caller) => string | null,
): Share[] {
  const shares = new Map<string | null, Share>()
  for (const [id, { calls, totalNs }] of sums) {
    const caller = callers.get(id)
    const name = caller === undefined ? null : nameOf(caller)
    const share = shares.get(name) ?? { name, calls: 0, totalNs: 0 }
    share.calls += calls
    share.totalNs += totalNs
    shares.set(name, share)
  }
  return [...shares.values()].sort((a, b) => b.calls - a.calls)
}

/** 1, 2, 5, 10 … ns. */
const edges = Array.from({ length: 48 }, (_, index) => 10 ** Math.floor(index / 3) * ([1, 2, 5][index % 3] ?? 1))

/** A bucket that lies across an edge counts where its middle is: an edge is as exact as the histogram. */
export function distributionOf(histogram: Histogram): DistributionBin[] {
  const bins = edges.map((edge, index) => ({
    fromNs: index === 0 ? 0 : edge,
    toNs: edges[index + 1] ?? 1e16,
    calls: 0,
  }))
  for (const [bucket, calls] of histogram.buckets()) {
    const { low, high } = boundsOf(bucket)
    const middle = (low + high) / 2
    const bin = bins.findLast(({ fromNs }) => fromNs <= middle)
    if (bin !== undefined) bin.calls += calls
  }
  const first = bins.findIndex(({ calls }) => calls > 0)
  return first < 0 ? [] : bins.slice(first, bins.findLastIndex(({ calls }) => calls > 0) + 1)
}

function slowestStored(store: Store, scope: Scope, id: number): StoredRecord | null {
  const order = 'ORDER BY e.durationNs DESC NULLS LAST LIMIT 1'
  return (
    storedRecord(store, `e.digest = @id AND ${scope.exchanges} ${order}`, { ...scope.parameters, id }) ??
    storedRecord(store, `e.digest = @id ${order}`, { id })
  )
}

function typicalStored(
  store: Store,
  scope: Scope,
  id: number,
  p50Ns: number | null,
  slowest: StoredRecord | null,
): StoredRecord | null {
  if (p50Ns === null || slowest === null) return null
  const parameters = { ...scope.parameters, id, p50Ns, slowest: slowest.id }
  const where = `e.digest = @id AND e.id <> @slowest AND e.status IS NOT 'error' AND ${scope.exchanges}`
  const below = storedRecord(
    store,
    `${where} AND e.durationNs <= @p50Ns ORDER BY e.durationNs DESC LIMIT 1`,
    parameters,
  )
  const above = storedRecord(store, `${where} AND e.durationNs > @p50Ns ORDER BY e.durationNs LIMIT 1`, parameters)
  const distance = (record: StoredRecord): number => Math.abs((record.durationNs ?? 0) - p50Ns)
  if (below === null || above === null) return below ?? above
  return distance(below) <= distance(above) ? below : above
}

function storedRecord(store: Store, where: string, parameters: object): StoredRecord | null {
  const row = z
    .record(z.string(), z.unknown())
    .optional()
    .parse(store.database.prepare(`SELECT * FROM exchange_records e WHERE ${where}`).safeIntegers().get(parameters))
  return row === undefined ? null : recordOfRow(row)
}
