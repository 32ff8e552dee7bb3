/** Two ranges, or two stores, beside each other: which digests are new, became slower or faster, or went away, and what that costs. */
import type { Histogram } from '../store/histogram.ts'
import type { Protocol } from '../store/identities.ts'
import type { Store } from '../store/store.ts'
import { type DigestSums, readDigestSums } from './digest-sums.ts'
import { readHistograms } from './digest-traits.ts'
import { type ReportTotals, totalsOf } from './report.ts'
import { scopeOf, type Selection } from './scope.ts'
import { changeOf, rule } from './significance.ts'
import { spreadOf } from './spread.ts'
import { summaryOf } from './summary.ts'
import { totalsSource } from './totals-source.ts'

export interface ComparisonSide {
  store: Store
  selection: Selection
}

export interface SideFigures {
  calls: number
  callsPerSecond: number
  totalNs: number
  avgNs: number | null
  p50Ns: number | null
  p95Ns: number | null
  errors: number
}

export type Verdict = 'new' | 'slower' | 'faster' | 'gone' | 'same' | 'tooFew'

export interface ComparedDigest {
  digest: string
  digestText: string
  summary: string
  verdict: Verdict
  before: SideFigures | null
  now: SideFigures | null
  /** What the change costs now, in ns of each second: average times rate, less the same before. */
  costNsPerSecond: number
}

export interface Comparison {
  protocol: Protocol
  now: ReportTotals
  before: ReportTotals
  rule: string
  /** The greatest change in cost first, within each verdict. */
  digests: ComparedDigest[]
}

interface Side {
  totals: ReportTotals
  digests: Map<string, { sums: DigestSums; histogram: Histogram | undefined }>
}

export function compare(now: ComparisonSide, before: ComparisonSide, protocol: Protocol): Comparison {
  const later = readSide(now, protocol)
  const earlier = readSide(before, protocol)
  const ids = new Set([...later.digests.keys(), ...earlier.digests.keys()])
  const digests = [...ids].map((id) => compared(id, later, earlier))
  return {
    protocol,
    now: later.totals,
    before: earlier.totals,
    rule: rule.text,
    digests: digests.sort((a, b) => Math.abs(b.costNsPerSecond) - Math.abs(a.costNsPerSecond)),
  }
}

function readSide({ store, selection }: ComparisonSide, protocol: Protocol): Side {
  const scope = scopeOf(selection)
  return store.database.transaction((): Side => {
    const source = totalsSource(store, scope)
    const all = readDigestSums(store, scope, source).filter((each) => each.protocol === protocol)
    const ids = all.map(({ id }) => id)
    const histograms = readHistograms(store, scope, source, ids)
    return {
      totals: totalsOf(all),
      digests: new Map(all.map((sums) => [sums.digest, { sums, histogram: histograms.get(sums.id) }])),
    }
  })()
}

function compared(id: string, later: Side, earlier: Side): ComparedDigest {
  const now = later.digests.get(id)
  const before = earlier.digests.get(id)
  const { digestText, protocol } = (now ?? before)?.sums ?? { digestText: '', protocol: 'mysql' }
  const nowFigures = figuresOf(later, id)
  const beforeFigures = figuresOf(earlier, id)
  return {
    digest: id,
    digestText,
    summary: summaryOf({ digestText, protocol }),
    verdict: verdictOf(before?.histogram, now?.histogram, beforeFigures, nowFigures),
    before: beforeFigures,
    now: nowFigures,
    costNsPerSecond: costOf(later, nowFigures) - costOf(earlier, beforeFigures),
  }
}

function verdictOf(
  before: Histogram | undefined,
  now: Histogram | undefined,
  beforeFigures: SideFigures | null,
  nowFigures: SideFigures | null,
): Verdict {
  if (beforeFigures === null) return 'new'
  if (nowFigures === null) return 'gone'
  return before === undefined || now === undefined ? 'tooFew' : changeOf(before, now)
}

function figuresOf({ digests, totals }: Side, id: string): SideFigures | null {
  const found = digests.get(id)
  if (found === undefined) return null
  const { sums, histogram } = found
  const spread = histogram === undefined ? null : spreadOf(histogram, sums.minNs, sums.maxNs)
  return {
    calls: sums.calls,
    callsPerSecond: totals.rangeNs === 0 ? 0 : sums.calls / (totals.rangeNs / 1e9),
    totalNs: sums.totalNs,
    avgNs: sums.timed === 0 ? null : Math.round(sums.totalNs / sums.timed),
    p50Ns: spread?.p50Ns ?? null,
    p95Ns: spread?.p95Ns ?? null,
    errors: sums.errors,
  }
}

function costOf({ totals }: Side, figures: SideFigures | null): number {
  return figures === null || totals.rangeNs === 0 ? 0 : figures.totalNs / (totals.rangeNs / 1e9)
}
