/** How many calls took how long in each step of the time line, of all digests together: the latency heat map. */
import type { Protocol } from '../store/identities.ts'
import { Histogram } from '../store/histogram.ts'
import type { Store } from '../store/store.ts'
import { type DistributionBin, distributionOf } from './digest-detail.ts'
import { scopeOf, type Selection } from './scope.ts'
import { stepOf, type TimeLine } from './time-line.ts'
import { fromTotals, totalsSource } from './totals-source.ts'

export interface HeatMap {
  timeLine: TimeLine
  /** For each step, the bins that hold something. */
  steps: DistributionBin[][]
}

/** One row as SQLite gives it; the tables are STRICT, so the columns are of these types. */
type Row = [minute: number, protocol: Protocol, histogram: Uint8Array]

export function readHeatMap(store: Store, selection: Selection, protocol: Protocol, timeLine: TimeLine): HeatMap {
  const scope = scopeOf(selection)
  const { parameters } = totalsSource(store, scope)
  const hours = scope.everything ? 'hour_callers' : 'hour_totals'
  const rows = store.database
    .prepare(fromTotals(scope, '$minute, $protocol, t.histogram', { hours }))
    .raw()
    .iterate(parameters) as Iterable<Row>
  const histograms = Array.from({ length: timeLine.length }, () => new Histogram())
  for (const [minute, of, encoded] of rows) {
    const step = of === protocol ? stepOf(timeLine, minute * 60) : undefined
    if (step !== undefined) histograms[step]?.mergeEncoded(encoded)
  }
  return { timeLine, steps: histograms.map((each) => distributionOf(each).filter(({ calls }) => calls > 0)) }
}
