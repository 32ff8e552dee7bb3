/**
 * The slow-SQL report as text: a header, the profile, and a section for each ranked digest. All of it but the EXPLAINs are
 * comments, so that the report is an SQL file that changes nothing.
 */
import { findingsSection } from '../findings/findings-section.ts'
import type { Store } from '../store/store.ts'
import { commented, digestSection } from './digest-section.ts'
import { countText, cut, durationText, oneLine, rateText, secondText, shareText } from './figures.ts'
import { lossText } from './loss-text.ts'
import { type Page, pageOf, painted } from './page.ts'
import { profileText } from './profile-table.ts'
import { orderTitles } from './ranking.ts'
import { runningLines } from './running-now.ts'
import { type ProfileRow, readReport, type Report, type ReportOptions } from './report.ts'

export const protocolTitles = {
  mysql: { what: 'MySQL statements', one: 'statement' },
  http: { what: 'HTTP requests', one: 'request' },
} as const

/** @param page default: what standard output is */
export function reportText(store: Store, options: ReportOptions, page: Page = pageOf()): string {
  const report = readReport(store, options)
  const inner = { ...page, width: page.width - 2 }
  const found = options.protocol === 'mysql' && report.calls > 0 ? findingsSection(store, options, inner) : []
  return textOf(report, found, page, inner)
}

function textOf(report: Report, found: readonly string[], page: Page, inner: Page): string {
  const running = runningLines(report.running, inner)
  const head = commented([...headerLines(report, inner), ...(running.length === 0 ? [] : ['', ...running])])
  if (report.calls === 0) return head
  const rest = report.digests - report.profile.length
  const more = rest > 0 ? [`and ${countText(rest)} more: --limit ${report.digests} shows all`] : []
  const profile = commented(['', ...profileText(report, inner).trimEnd().split('\n'), ...more])
  const sections = report.profile.map((row) => `\n${titleText(row, page)}${digestSection(row, report.timeLine, page)}`)
  const findings = found.length === 0 ? '' : commented(['', ...found])
  return `${head}${profile}${findings}${sections.join('')}`
}

function titleText({ rank, digest, summary, share, digestText }: ProfileRow, page: Page): string {
  const name = summary === digestText ? '' : `  ${oneLine(summary)}`
  const left = cut(`# ── ${rank}  ${digest}${name} `, page.width - 30)
  const right = ` ${shareText(share)} of the time`
  return `${painted('bold', left + '─'.repeat(Math.max(2, page.width - left.length - right.length)) + right, page)}\n`
}

function headerLines(report: Report, page: Page): string[] {
  const { what, one } = protocolTitles[report.protocol]
  const lines = [painted('bold', `querytap report: ${what} by ${orderTitles[report.orderBy]}`, page)]
  const add = (label: string, text: string): unknown => lines.push(`${painted('dim', label.padEnd(14), page)}${text}`)
  if (report.calls === 0) {
    add('Calls', `0: no ${one} in this range`)
    for (const [protocol, calls] of Object.entries(report.otherCalls)) {
      add('', `but ${countText(calls)} over ${protocol}: see \`querytap report --protocol ${protocol}\``)
    }
  } else {
    add('Range', rangeText(report))
    add(
      'Calls',
      `${countText(report.calls)} of ${countText(report.digests)} digests, ${rateText(report.callsPerSecond)}`,
    )
    add('Time', `${durationText(report.totalNs)} in total, concurrency ${report.concurrency.toFixed(2)}`)
    const errors = `${countText(report.errors)} (${shareText(report.errors / report.calls)})`
    add('Errors', `${errors}, ${countText(report.unfinished)} unfinished`)
  }
  add('Lost', `${lossText(report.lost)}; ${countText(report.incomplete)} calls not seen in full`)
  return lines
}

export function rangeText({ since, until, rangeNs }: Pick<Report, 'since' | 'until' | 'rangeNs'>): string {
  if (since === null || until === null) return '-'
  const sameDay = since.slice(0, 10) === until.slice(0, 10)
  const end = sameDay ? secondText(until).slice(11) : secondText(until)
  return `${secondText(since)} to ${end} UTC (${durationText(rangeNs)})`
}
