/** A comparison as text: what is new, slower, faster and gone, each with the size of the change. */
import type { ComparedDigest, Comparison, SideFigures, Verdict } from './comparison.ts'
import { commented } from './digest-section.ts'
import { countText, durationText, oneLine, rateText, wrapped } from './figures.ts'
import { type Page, pageOf, painted, type Style } from './page.ts'
import { protocolTitles, rangeText } from './report-text.ts'
import type { ReportTotals } from './report.ts'
import { type Column, tableText } from './table.ts'

const sections: readonly { verdict: Verdict; title: string; style: Style }[] = [
  { verdict: 'new', title: 'New', style: 'yellow' },
  { verdict: 'slower', title: 'Slower', style: 'red' },
  { verdict: 'faster', title: 'Faster', style: 'green' },
  { verdict: 'gone', title: 'Gone', style: 'dim' },
]

/** @param limit of each section */
export function comparisonText(comparison: Comparison, limit: number, page: Page = pageOf()): string {
  const inner = { ...page, width: page.width - 2 }
  const { now, before, digests, rule, protocol } = comparison
  const unchanged = digests.filter(({ verdict }) => verdict === 'same').length
  const tooFew = digests.filter(({ verdict }) => verdict === 'tooFew').length
  const lines = [
    painted('bold', `querytap report: ${protocolTitles[protocol].what} compared`, page),
    `Now     ${totalsText(now)}`,
    `Before  ${totalsText(before)}`,
    ...wrapped(rule, inner.width, 3),
    ...sections.flatMap(({ verdict, title, style }) => {
      const found = digests.filter((each) => each.verdict === verdict)
      const more =
        found.length > limit ? [`and ${countText(found.length - limit)} more: --limit ${found.length} shows all`] : []
      const table = found.length === 0 ? [] : tableOf(found.slice(0, limit), inner)
      return ['', painted(style, `${title}: ${countText(found.length)}`, page), ...table, ...more]
    }),
    '',
    `${countText(unchanged)} did not change, ${countText(tooFew)} were called too rarely to say.`,
  ]
  return commented(lines)
}

function totalsText(totals: ReportTotals): string {
  if (totals.calls === 0) return 'nothing was captured'
  const { calls, callsPerSecond, totalNs, concurrency } = totals
  return `${rangeText(totals)}: ${countText(calls)} calls, ${rateText(callsPerSecond)}, ${durationText(totalNs)}, concurrency ${concurrency.toFixed(2)}`
}

/** Times, p95, Rate, Avg go in this order where the terminal is narrow; each is before and now. */
const columns: readonly Column[] = [
  { head: 'Digest', align: 'left' },
  { head: 'Cost', align: 'right' },
  { head: 'Times', align: 'right', drop: 1 },
  { head: 'Avg', align: 'right', drop: 4 },
  { head: 'p95', align: 'right', drop: 2 },
  { head: 'Rate', align: 'right', drop: 3 },
  { head: 'Statement', align: 'left' },
]

function tableOf(digests: readonly ComparedDigest[], page: Page): string[] {
  const rows = digests.map((each) => [
    each.digest,
    `${each.costNsPerSecond < 0 ? '-' : '+'}${durationText(Math.abs(each.costNsPerSecond))}/s`,
    timesText(each),
    pair(each, ({ avgNs }) => durationText(avgNs)),
    pair(each, ({ p95Ns }) => durationText(p95Ns)),
    pair(each, ({ callsPerSecond }) => rateText(callsPerSecond)),
    oneLine(each.summary),
  ])
  return tableText(columns, rows, page).trimEnd().split('\n')
}

/** How the average changed: `×2.8`. */
function timesText({ before, now }: ComparedDigest): string {
  if (before?.avgNs === null || before?.avgNs === undefined || before.avgNs === 0) return '-'
  return now?.avgNs === null || now?.avgNs === undefined ? '-' : `×${(now.avgNs / before.avgNs).toFixed(2)}`
}

function pair({ before, now }: ComparedDigest, text: (figures: SideFigures) => string): string {
  if (before === null) return now === null ? '-' : text(now)
  return now === null ? text(before) : `${text(before)} → ${text(now)}`
}
