/** The slow-SQL report as text: a header, the profile, and a section for each ranked digest. */
import { lossText } from './loss-text.ts'
import type { Store } from '../store/store.ts'
import { digestSection } from './digest-section.ts'
import { bar, countText, durationText, oneLine, rateText, shareText } from './figures.ts'
import { readReport, type Report, type ReportOptions } from './report.ts'
import { bold, type Column, type Page, pageOf, tableText } from './table.ts'

const titles = {
  mysql: { what: 'MySQL statements', one: 'statement' },
  http: { what: 'HTTP requests', one: 'request' },
} as const
const barWidth = 10

/** @param page default: what standard output is */
export function reportText(store: Store, options: ReportOptions, page: Page = pageOf()): string {
  const report = readReport(store, options)
  const head = headerText(report, page)
  if (report.calls === 0) return head
  const sections = report.profile.map((row) => `\n${digestSection(row, page, `# ${row.rank}  `)}`)
  return `${head}\n${profileText(report, page)}${sections.join('')}`
}

function headerText(report: Report, page: Page): string {
  const { what, one } = titles[report.protocol]
  const lines = [bold(`querytap report: ${what} by total time`, page)]
  const add = (label: string, text: string): unknown => lines.push(`  ${label.padEnd(12)}${text}`)
  if (report.calls === 0) {
    add('Calls', `0: no ${one} in this range`)
    for (const [protocol, calls] of Object.entries(report.otherCalls)) {
      add('', `but ${countText(calls)} over ${protocol}: see \`querytap report --protocol ${protocol}\``)
    }
  } else {
    add('Range', `${report.since ?? '-'} to ${report.until ?? '-'} (${durationText(report.rangeNs)})`)
    add(
      'Calls',
      `${countText(report.calls)} of ${countText(report.digests)} digests, ${rateText(report.callsPerSecond)}`,
    )
    add('Time', `${durationText(report.totalNs)} in total, concurrency ${report.concurrency.toFixed(2)}`)
    const errors = `${countText(report.errors)} (${shareText(report.errors / report.calls)})`
    add('Errors', `${errors}, ${countText(report.unfinished)} unfinished`)
  }
  add('Lost', `${lossText(report.lost)}; ${countText(report.incomplete)} calls not seen in full`)
  return `${lines.join('\n')}\n`
}

function profileText(report: Report, page: Page): string {
  const columns: Column[] = [
    { head: '#', align: 'right' },
    { head: 'Digest', align: 'left' },
    { head: 'Share', align: 'right' },
    { head: '', align: 'left' },
    ...['Calls', 'Avg', 'p95', 'Max', 'Rows', 'Errors'].map((head): Column => ({ head, align: 'right' })),
    { head: report.protocol === 'mysql' ? 'Statement' : 'Request', align: 'left' },
  ]
  const rows = report.profile.map((row) => [
    String(row.rank),
    row.digest,
    shareText(row.share),
    bar(row.share, barWidth),
    countText(row.calls),
    durationText(row.avgNs),
    durationText(row.p95Ns),
    durationText(row.maxNs),
    report.protocol === 'mysql' ? countText(row.rowsReturned + row.rowsAffected) : '-',
    countText(row.errors),
    oneLine(row.digestText),
  ])
  const rest = report.digests - report.profile.length
  const more = rest > 0 ? `  and ${countText(rest)} more: --limit ${report.digests} shows all\n` : ''
  return tableText(columns, rows, page) + more
}
