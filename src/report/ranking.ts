/** Which digests come first. Percentiles are read for as few digests as decide the order. */
import type { Store } from '../store/store.ts'
import type { DigestCost } from './digest-sums.ts'
import { readHistograms } from './digest-traits.ts'
import type { Scope } from './scope.ts'
import type { TotalsSource } from './totals-source.ts'
import { spreadOf } from './spread.ts'

export const orders = ['total', 'calls', 'avg', 'p95', 'p99', 'max', 'rows', 'errors', 'bytes', 'variance'] as const

export type Order = (typeof orders)[number]

export const orderTitles: Record<Order, string> = {
  total: 'total time',
  calls: 'calls',
  avg: 'average time',
  p95: '95th percentile',
  p99: '99th percentile',
  max: 'longest call',
  rows: 'rows sent and affected',
  errors: 'errors',
  bytes: 'bytes both ways',
  variance: 'variance to mean',
}

/** What an order needs to know of each digest beyond its calls and total time. */
export const columnsOf = {
  total: [],
  calls: [],
  avg: ['timed'],
  p95: ['timed', 'minNs', 'maxNs'],
  p99: ['timed', 'minNs', 'maxNs'],
  max: ['maxNs'],
  rows: ['rowsReturned', 'rowsAffected'],
  errors: [],
  bytes: ['requestBytes', 'responseBytes'],
  variance: ['timed', 'minNs', 'maxNs'],
} as const satisfies Record<Order, readonly (keyof DigestCost)[]>

/** How many histograms one step reads when percentiles decide. */
const digestsPerStep = 200

/** @returns the first `limit` */
export function ranked(
  store: Store,
  scope: Scope,
  source: TotalsSource,
  digests: readonly DigestCost[],
  order: Order,
  limit: number,
): DigestCost[] {
  if (order === 'p95' || order === 'p99' || order === 'variance') {
    return rankedBySpread(store, scope, source, digests, order, limit)
  }
  const costs = new Map(digests.map((sums) => [sums, cost(sums, order)]))
  return digests.toSorted((a, b) => (costs.get(b) ?? 0) - (costs.get(a) ?? 0) || tie(a, b)).slice(0, limit)
}

function tie(a: DigestCost, b: DigestCost): number {
  return b.totalNs - a.totalNs || b.calls - a.calls || (a.digest < b.digest ? -1 : 1)
}

function cost(sums: DigestCost, order: Exclude<Order, 'p95' | 'p99' | 'variance'>): number {
  switch (order) {
    case 'total':
      return sums.totalNs
    case 'calls':
      return sums.calls
    case 'avg':
      return sums.timed === 0 ? 0 : sums.totalNs / sums.timed
    case 'max':
      return sums.maxNs ?? 0
    case 'rows':
      return sums.rowsReturned + sums.rowsAffected
    case 'errors':
      return sums.errors
    case 'bytes':
      return sums.requestBytes + sums.responseBytes
  }
}

/** No percentile is above the maximum, no variance-to-mean above a quarter of max²/mean: whoever cannot win is not read. */
function bound({ maxNs, minNs, totalNs, timed }: DigestCost, order: 'p95' | 'p99' | 'variance'): number {
  if (maxNs === null || timed === 0) return 0
  return order === 'variance' ? ((maxNs - (minNs ?? 0)) ** 2 / 4 / Math.max(1, totalNs / timed)) * 1.05 : maxNs
}

function rankedBySpread(
  store: Store,
  scope: Scope,
  source: TotalsSource,
  digests: readonly DigestCost[],
  order: 'p95' | 'p99' | 'variance',
  limit: number,
): DigestCost[] {
  const waiting = digests.toSorted((a, b) => bound(b, order) - bound(a, order))
  let best: { sums: DigestCost; value: number }[] = []
  for (let from = 0; from < waiting.length; from += digestsPerStep) {
    const last = best[limit - 1]
    const next = waiting[from]
    // The bound is in ns, a variance-to-mean in ns too: spreadOf's is in seconds.
    if (last !== undefined && next !== undefined && last.value >= bound(next, order)) break
    const step = waiting.slice(from, from + digestsPerStep)
    const histograms = readHistograms(
      store,
      scope,
      source,
      step.map(({ id }) => id),
    )
    for (const sums of step) {
      const histogram = histograms.get(sums.id)
      const spread = histogram === undefined ? undefined : spreadOf(histogram, sums.minNs, sums.maxNs)
      const value = order === 'variance' ? (spread?.varianceToMean ?? 0) * 1e9 : (spread?.[`${order}Ns`] ?? 0)
      best.push({ sums, value })
    }
    best = best.toSorted((a, b) => b.value - a.value || tie(a.sums, b.sums)).slice(0, limit)
  }
  return best.map(({ sums }) => sums)
}
