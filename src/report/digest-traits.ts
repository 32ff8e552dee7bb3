/** The second pass over totals: distribution, course over time and callers, of the digests that are shown and no others. */
import { Histogram } from '../store/histogram.ts'
import type { Store } from '../store/store.ts'
import type { Scope } from './scope.ts'
import { fromTotals, type TotalsSource } from './totals-source.ts'
import { stepOf, type TimeLine } from './time-line.ts'

/** What came under a caller. */
export interface CallerSums {
  calls: number
  totalNs: number
}

export interface DigestTraits {
  histogram: Histogram
  /** For each step of the time line. */
  calls: number[]
  totalNs: number[]
  /** By the caller's number in the store. */
  callers: Map<number, CallerSums>
}

/** One row as SQLite gives it; the table is STRICT, so the columns are of these types. */
type Row = [digest: number, minute: number, caller: number, count: number, sumNs: number, histogram: Uint8Array]

const ofDigests = 't.digest IN (SELECT value FROM json_each(@ids))'

export function readDigestTraits(
  store: Store,
  scope: Scope,
  source: TotalsSource,
  ids: readonly number[],
  timeLine: TimeLine,
): Map<number, DigestTraits> {
  const traits = new Map<number, DigestTraits>()
  const rows = store.database
    .prepare(fromTotals(scope, 't.digest, $minute, t.caller, t.count, t.sumNs, t.histogram', { condition: ofDigests }))
    .raw()
    .iterate({ ...source.parameters, ids: JSON.stringify(ids) }) as Iterable<Row>
  for (const [digest, minute, caller, count, sumNs, histogram] of rows) {
    let trait = traits.get(digest)
    if (trait === undefined) {
      trait = {
        histogram: new Histogram(),
        calls: Array.from({ length: timeLine.length }, () => 0),
        totalNs: Array.from({ length: timeLine.length }, () => 0),
        callers: new Map(),
      }
      traits.set(digest, trait)
    }
    trait.histogram.mergeEncoded(histogram)
    const step = stepOf(timeLine, minute * 60)
    if (step !== undefined) {
      trait.calls[step] = (trait.calls[step] ?? 0) + count
      trait.totalNs[step] = (trait.totalNs[step] ?? 0) + sumNs
    }
    const sums = trait.callers.get(caller)
    if (sums === undefined) trait.callers.set(caller, { calls: count, totalNs: sumNs })
    else {
      sums.calls += count
      sums.totalNs += sumNs
    }
  }
  return traits
}

/** Distributions alone: what ranking by a percentile needs. */
export function readHistograms(
  store: Store,
  scope: Scope,
  source: TotalsSource,
  ids: readonly number[],
): Map<number, Histogram> {
  const histograms = new Map<number, Histogram>()
  const rows = store.database
    .prepare(
      fromTotals(scope, 't.digest, t.histogram', {
        hours: source.digestHours,
        condition: ofDigests,
      }),
    )
    .raw()
    .iterate({ ...source.parameters, ids: JSON.stringify(ids) }) as Iterable<[number, Uint8Array]>
  for (const [digest, encoded] of rows) {
    let histogram = histograms.get(digest)
    if (histogram === undefined) {
      histogram = new Histogram()
      histograms.set(digest, histogram)
    }
    histogram.mergeEncoded(encoded)
  }
  return histograms
}
