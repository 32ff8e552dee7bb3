/**
 * Whether calls became slower or faster, from two histograms of all of them. Chance alone explains a change when it is
 * within four standard errors (1 in 16,000 comparisons); a change below a tenth is nobody's concern even when it is real.
 */
import { type Histogram, valueOf } from '../store/histogram.ts'

export const rule = {
  leastCalls: 20,
  standardErrors: 4,
  leastChange: 0.1,
  text: 'slower or faster: the median by rank test, or the share above the earlier p95, changed by 4 standard errors and the percentile by 10 %; 20 calls each at least',
} as const

export type Change = 'slower' | 'faster' | 'same' | 'tooFew'

export function changeOf(before: Histogram, now: Histogram): Change {
  if (before.count < rule.leastCalls || now.count < rule.leastCalls) return 'tooFew'
  const found = [middleChange(before, now), tailChange(before, now)]
  return found.includes('slower') ? 'slower' : found.includes('faster') ? 'faster' : 'same'
}

/** Mann and Whitney's rank test, with their correction for ties: those in a bucket are equal. */
function middleChange(before: Histogram, now: Histogram): Change {
  const earlier = new Map(before.buckets())
  const later = new Map(now.buckets())
  const buckets = [...new Set([...earlier.keys(), ...later.keys()])].sort((a, b) => a - b)
  let below = 0
  let wins = 0
  let ties = 0
  for (const bucket of buckets) {
    const old = earlier.get(bucket) ?? 0
    const fresh = later.get(bucket) ?? 0
    wins += fresh * (below + old / 2)
    below += old
    ties += (old + fresh) ** 3 - (old + fresh)
  }
  const n = before.count
  const m = now.count
  const variance = ((n * m) / 12) * (n + m + 1 - ties / ((n + m) * (n + m - 1)))
  if (variance <= 0) return 'same'
  return judged((wins - (n * m) / 2) / Math.sqrt(variance), ratio(before, now, 0.5))
}

/** Two proportions: calls above the earlier p95. */
function tailChange(before: Histogram, now: Histogram): Change {
  const limit = before.quantile(0.95) ?? 0
  const above = (histogram: Histogram): number => countAbove(histogram, limit) / histogram.count
  const both = (above(before) * before.count + above(now) * now.count) / (before.count + now.count)
  const error = Math.sqrt(both * (1 - both) * (1 / before.count + 1 / now.count))
  if (error === 0) return 'same'
  return judged((above(now) - above(before)) / error, ratio(before, now, 0.95))
}

function countAbove(histogram: Histogram, ns: number): number {
  let count = 0
  for (const [bucket, times] of histogram.buckets()) if (valueOf(bucket) > ns) count += times
  return count
}

function ratio(before: Histogram, now: Histogram, share: number): number {
  return (now.quantile(share) ?? 0) / Math.max(1, before.quantile(share) ?? 1)
}

function judged(standardErrors: number, ratioOfPercentiles: number): Change {
  if (standardErrors >= rule.standardErrors && ratioOfPercentiles >= 1 + rule.leastChange) return 'slower'
  if (standardErrors <= -rule.standardErrors && ratioOfPercentiles <= 1 / (1 + rule.leastChange)) return 'faster'
  return 'same'
}
