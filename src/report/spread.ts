/** What a histogram says in numbers: percentiles and variance, of all calls and not of samples. */
import { type Histogram, valueOf } from '../store/histogram.ts'

export interface Spread {
  p50Ns: number | null
  p95Ns: number | null
  p99Ns: number | null
  /** Standard deviation. */
  deviationNs: number | null
  /** Variance divided by mean, in seconds: above 1 the times vary more than the mean says. */
  varianceToMean: number | null
}

/** A percentile is off by 1 % at most, and never outside what was measured. */
export function spreadOf(histogram: Histogram, minNs: number | null, maxNs: number | null): Spread {
  const quantile = (share: number): number | null => {
    const ns = histogram.quantile(share)
    return ns === null ? null : Math.round(Math.min(maxNs ?? ns, Math.max(minNs ?? ns, ns)))
  }
  let sum = 0
  for (const [bucket, times] of histogram.buckets()) sum += times * valueOf(bucket)
  const mean = sum / histogram.count
  let squares = 0
  for (const [bucket, times] of histogram.buckets()) squares += times * (valueOf(bucket) - mean) ** 2
  const variance = squares / histogram.count
  const known = histogram.count > 0
  return {
    p50Ns: quantile(0.5),
    p95Ns: quantile(0.95),
    p99Ns: quantile(0.99),
    deviationNs: known ? Math.round(Math.sqrt(variance)) : null,
    varianceToMean: known && mean > 0 ? variance / mean / 1e9 : known ? 0 : null,
  }
}
