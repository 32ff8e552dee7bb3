/** Findings as text: for the report, and for `querytap findings`. */
import { countText, cut, durationText, oneLine, secondText, wrapped } from '../report/figures.ts'
import { type Page, painted } from '../report/page.ts'
import type { Store } from '../store/store.ts'
import { type Finding, type FindingFilter, readFindings } from './stored-findings.ts'

const labelWidth = 14
const mostClients = 3
const mostLines = 6

/** Lines of the report's section, without comment signs; none where nothing was found. */
export function findingsSection(store: Store, filter: FindingFilter, page: Page, limit = 10): string[] {
  const findings = readFindings(store, filter)
  if (findings.length === 0) return []
  const shown = findings.slice(0, limit)
  const rest = findings.length - shown.length
  return [
    painted('bold', `Findings: ${countText(findings.length)}, by what they cost`, page),
    ...shown.flatMap((finding, index) => ['', ...findingLines(finding, index + 1, page)]),
    ...(rest > 0 ? ['', `and ${countText(rest)} more: querytap findings`] : []),
  ]
}

export function findingLines(finding: Finding, rank: number, page: Page): string[] {
  const title = `${rank}  ${finding.title}  ${finding.digest}`
  const lines = [painted('bold', cut(title, page.width), page)]
  const add = (label: string, text: string): unknown =>
    lines.push(`${painted('dim', label.padEnd(labelWidth), page)}${cut(text, page.width - labelWidth)}`)
  add('Statement', oneLine(finding.digestText))
  if (finding.cause !== null) add('Rows of', `${finding.cause.digest}  ${oneLine(finding.cause.digestText)}`)
  add('Found', foundText(finding))
  add('Seen', `${secondText(finding.firstAt)} to ${secondText(finding.lastAt)}`)
  add('Clients', clientsText(finding))
  if (finding.example !== null) add('Example', `querytap show ${finding.example}`)
  for (const [label, text] of [
    ['Why', finding.why],
    ['Try', finding.try],
  ] as const) {
    wrapped(text, page.width - labelWidth, mostLines).forEach((line, index) => {
      lines.push(`${painted('dim', (index === 0 ? label : '').padEnd(labelWidth), page)}${line}`)
    })
  }
  return lines
}

function foundText({ kind, count, calls, costNs, mostCalls, longestNs }: Finding): string {
  const times = `${countText(count)} ${count === 1 ? 'time' : 'times'}`
  const cost = durationText(costNs)
  switch (kind) {
    case 'n-plus-one':
    case 'repetition':
      return `${times}, ${countText(calls)} calls, ${countText(mostCalls)} at most in one go, ${cost} in total`
    case 'long-transaction':
      return `${times}, held for ${cost} in total, ${durationText(longestNs)} the longest, ${countText(calls)} statements in them`
    case 'slow-commit':
    case 'no-index':
      return `${times}, ${cost} in total, ${durationText(longestNs)} the longest`
  }
}

function clientsText({ clients }: Finding): string {
  const shown = clients.slice(0, mostClients).map(({ name, count }) => `${oneLine(name ?? '-')} (${countText(count)})`)
  return [...shown, ...(clients.length > mostClients ? [`${clients.length - mostClients} more`] : [])].join(', ')
}
