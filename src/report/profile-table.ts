/** The profile: a line for each ranked digest. On a narrow terminal columns go in the order of their `drop` numbers. */
import type { ProfileRow, Report } from './report.ts'
import { bar, countText, durationText, meanText, oneLine, rateText, shareText } from './figures.ts'
import type { Page } from './page.ts'
import { type Column, tableText } from './table.ts'

interface ProfileColumn extends Column {
  /** @param most the largest share: the longest bar */
  cell: (row: ProfileRow, most: number) => string
}

const barWidth = 8
const red = (cell: string) => (/[1-9]/.test(cell) ? 'red' : null)

/** p50, V/M, Affected, Rate, Total, p99, the bar, Rows/call, Errors, Max, p95 go in this order. */
const common: readonly ProfileColumn[] = [
  { head: '#', align: 'right', cell: ({ rank }) => String(rank) },
  { head: 'Digest', align: 'left', cell: ({ digest }) => digest },
  { head: 'Share', align: 'right', cell: ({ share }) => shareText(share) },
  { head: '', align: 'left', drop: 7, cell: (row, most) => bar(row.share / most, barWidth), style: () => 'cyan' },
  { head: 'Total', align: 'right', drop: 5, cell: ({ totalNs }) => durationText(totalNs) },
  { head: 'Calls', align: 'right', cell: ({ calls }) => countText(calls) },
  { head: 'Rate', align: 'right', drop: 4, cell: ({ callsPerSecond }) => rateText(callsPerSecond) },
  { head: 'Avg', align: 'right', cell: ({ avgNs }) => durationText(avgNs) },
  { head: 'p50', align: 'right', drop: 1, cell: ({ p50Ns }) => durationText(p50Ns) },
  { head: 'p95', align: 'right', drop: 11, cell: ({ p95Ns }) => durationText(p95Ns) },
  { head: 'p99', align: 'right', drop: 6, cell: ({ p99Ns }) => durationText(p99Ns) },
  { head: 'Max', align: 'right', drop: 10, cell: ({ maxNs }) => durationText(maxNs) },
  { head: 'V/M', align: 'right', drop: 2, cell: ({ varianceToMean }) => varianceText(varianceToMean) },
]
const rows: readonly ProfileColumn[] = [
  {
    head: 'Rows/call',
    align: 'right',
    drop: 8,
    cell: ({ rowsReturned, rowsKnown }) => meanText(perCall(rowsReturned, rowsKnown)),
  },
  { head: 'Affected', align: 'right', drop: 3, cell: ({ rowsAffected }) => countText(rowsAffected) },
]
const outcome: readonly ProfileColumn[] = [
  { head: 'Errors', align: 'right', drop: 9, cell: ({ errors, calls }) => errorText(errors, calls), style: red },
]

export function profileText(report: Report, page: Page): string {
  const what = report.protocol === 'mysql' ? 'Statement' : 'Request'
  const columns: readonly ProfileColumn[] = [
    ...common,
    ...(report.protocol === 'mysql' ? rows : []),
    ...outcome,
    { head: what, align: 'left', cell: ({ summary }) => oneLine(summary) },
  ]
  const most = Math.max(Number.MIN_VALUE, ...report.profile.map(({ share }) => share))
  return tableText(
    columns,
    report.profile.map((row) => columns.map(({ cell }) => cell(row, most))),
    page,
  )
}

/** Seconds, as pt-query-digest prints it. */
export function varianceText(seconds: number | null): string {
  return seconds === null ? '-' : seconds.toFixed(2)
}

/** Null where nothing, or too little, is known. */
function perCall(total: number, known: number | null): number | null {
  return known === null || known === 0 ? null : total / known
}

function errorText(errors: number, calls: number): string {
  return errors === 0 ? '0' : shareText(errors / calls)
}
