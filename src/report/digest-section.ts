/** One digest in full as text: figures, distribution, course, who runs it, and samples to copy. */
import type { StoredRecord } from '../store/exchange-rows.ts'
import { attributesOf } from './attributes.ts'
import type { Share } from './digest-detail.ts'
import type { ProfileRow } from './report.ts'
import { nameOf } from './endpoint-name.ts'
import {
  bar,
  countText,
  durationText,
  oneLine,
  printable,
  secondText,
  shareText,
  sparkline,
  wrapped,
} from './figures.ts'
import { type Page, painted } from './page.ts'
import { nameText, tablesUsed } from './tables-used.ts'
import { quotedName } from './sql-literal.ts'
import { sampleOf } from './runnable-sample.ts'
import { tableText } from './table.ts'
import type { TimeLine } from './time-line.ts'

const labelWidth = 14
const chartWidth = 40
const mostShares = 5
const mostBins = 18
/** Characters of a digest's text above its figures. */
const digestLines = 3

/** Lines that are comments for a server, but for statements to paste. */
export function digestSection(detail: ProfileRow, timeLine: TimeLine | null, page: Page): string {
  const inner = { ...page, width: page.width - 2 }
  return [
    commented([
      ...wrapped(oneLine(detail.digestText), inner.width, digestLines),
      ...factLines(detail, inner),
      '',
      ...attributeLines(detail, inner),
      '',
      ...courseLines(detail, timeLine, inner),
      ...distributionLines(detail, inner),
    ]),
    sampleText('Slowest sample', detail.sample, inner),
    sampleText(`Nearest to the median (${durationText(detail.p50Ns)}) of those stored`, detail.typicalSample, inner),
    tablesText(detail, inner),
  ].join('')
}

/** @returns each line behind a `#` */
export function commented(lines: readonly string[]): string {
  return lines.map((line) => `${`# ${line}`.trimEnd()}\n`).join('')
}

function fact(label: string, text: string, page: Page): string {
  return `${painted('dim', label.padEnd(labelWidth), page)}${text}`
}

function factLines(detail: ProfileRow, page: Page): string[] {
  const { calls, errors, unfinished, incomplete, noIndexUsed } = detail
  const parts = [
    countText(calls),
    errors === 0 ? '0 errors' : painted('red', `${countText(errors)} errors (${shareText(errors / calls)})`, page),
    ...(unfinished > 0 ? [`${countText(unfinished)} unfinished`] : []),
    ...(incomplete > 0 ? [`${countText(incomplete)} not seen in full`] : []),
    ...(noIndexUsed > 0
      ? [painted('yellow', `${shareText(noIndexUsed / calls)} without an index, by the server's own flag`, page)]
      : []),
  ]
  const mysql = detail.protocol === 'mysql'
  return [
    fact('Calls', parts.join(', '), page),
    ...(detail.ptId === null ? [] : [fact('pt id', `0x${detail.ptId}`, page)]),
    fact('Seen', `${secondText(detail.firstSeenAt)} to ${secondText(detail.lastSeenAt)} UTC`, page),
    ...(mysql
      ? [fact('Users', sharesText(detail.users), page), fact('Databases', sharesText(detail.databases), page)]
      : []),
    fact('Clients', sharesText(detail.clients), page),
    fact('Servers', sharesText(detail.servers), page),
  ]
}

function sharesText(shares: readonly Share[]): string {
  const shown = shares.slice(0, mostShares).map(({ name, calls }) => `${oneLine(name ?? '-')} (${countText(calls)})`)
  if (shares.length > mostShares) shown.push(`${countText(shares.length - mostShares)} more`)
  return shown.join(', ')
}

function attributeLines(detail: ProfileRow, page: Page): string[] {
  const columns = [
    { head: 'Attribute'.padEnd(labelWidth - 2), align: 'left' as const },
    ...['Total', 'Min', 'Avg', 'Max', '50%', '95%', '99%', 'Stddev', 'V/M'].map((head) => ({
      head,
      align: 'right' as const,
    })),
  ]
  const rows = attributesOf(detail).map(({ name, cells }) => [name, ...cells])
  return tableText(columns, rows, page).trimEnd().split('\n')
}

function courseLines({ timeLine: { totalNs } }: ProfileRow, timeLine: TimeLine | null, page: Page): string[] {
  if (timeLine === null || timeLine.length < 3) return []
  const most = Math.max(...totalNs)
  const peak = timeLine.fromSecond + totalNs.indexOf(most) * timeLine.stepSeconds
  const at = new Date(peak * 1000).toISOString().slice(0, 16).replace('T', ' ')
  const step = stepText(timeLine.stepSeconds)
  const says = `most: ${durationText(most)} in the ${step} from ${at}`
  return [fact('Time line', `${painted('cyan', `▕${sparkline(totalNs)}▏`, page)} ${says}`, page)]
}

function stepText(seconds: number): string {
  return seconds < 3600 ? `${seconds / 60}m` : seconds < 86_400 ? `${seconds / 3600}h` : `${seconds / 86_400}d`
}

function distributionLines({ distribution }: ProfileRow, page: Page): string[] {
  const bins = distribution.length <= mostBins ? distribution : decades(distribution)
  const most = Math.max(0, ...bins.map(({ calls }) => calls))
  const all = bins.reduce((sum, { calls }) => sum + calls, 0)
  if (most === 0) return []
  const digits = countText(most).length
  return bins.map(({ fromNs, calls }, index) => {
    const label = index === 0 ? 'Distribution' : ''
    const share = calls === 0 ? '' : `${countText(calls).padStart(digits)}  ${shareText(calls / all).padStart(6)}`
    const chart = bar(calls / most, chartWidth).padEnd(chartWidth)
    return fact(label, `${boundText(fromNs).padStart(6)} ${painted('cyan', chart, page)} ${share}`, page)
  })
}

function decades(bins: ProfileRow['distribution']): ProfileRow['distribution'] {
  const found = new Map<number, ProfileRow['distribution'][number]>()
  for (const { fromNs, calls } of bins) {
    const decade = 10 ** Math.floor(Math.log10(Math.max(1, fromNs)) + 1e-9)
    const bin = found.get(decade) ?? { fromNs: decade, toNs: decade * 10, calls: 0 }
    bin.calls += calls
    found.set(decade, bin)
  }
  return [...found.values()]
}

/** `20us`, `1ms`, `10s`: edges of bins are round. */
export function boundText(ns: number): string {
  return ns < 1e3 ? `${ns}ns` : ns < 1e6 ? `${ns / 1e3}us` : ns < 1e9 ? `${ns / 1e6}ms` : `${ns / 1e9}s`
}

function sampleText(title: string, record: StoredRecord | null, page: Page): string {
  if (record === null) return ''
  const who = oneLine(nameOf(record.client) ?? '-')
  const status = record.status === 'ok' ? '' : `, ${record.status ?? 'outcome not seen'}`
  const head = `${title}: ${durationText(record.durationNs)}${status}, ${secondText(record.startedAt)} UTC, ${who}, exchange ${record.id}`
  const titleLines = ['', painted('bold', head, page)]
  if (record.protocol === 'http') {
    const query = record.query === null ? '' : `?${record.query}`
    const text = `${record.method ?? '-'} ${record.host ?? '-'}${record.path ?? '-'}${query} → ${record.statusCode ?? '-'}`
    return commented([...titleLines, ...printable(text).split('\n')])
  }
  if (record.errorMessage !== null) titleLines.push(oneLine(`error ${record.errorCode ?? '-'}: ${record.errorMessage}`))
  const sample = sampleOf(record)
  if (sample === null) return commented([...titleLines, record.command])
  if (sample.kind === 'runnable') return `${commented(titleLines)}${sample.sql}\n`
  return commented([...titleLines, `not to paste: ${sample.because}`, ...printable(sample.sql).split('\n')])
}

function tablesText({ digestText, databases, protocol }: ProfileRow, page: Page): string {
  if (protocol !== 'mysql') return ''
  const tables = tablesUsed(digestText)
  if (tables.length === 0) return ''
  const only = databases.length === 1 ? (databases[0]?.name ?? null) : null
  const lines = tables.flatMap(({ schema, table }) => {
    const place = schema ?? only
    const like = `'${table.replaceAll("'", "''")}'`
    return [
      `SHOW CREATE TABLE ${nameText({ schema: place, table })}\\G`,
      `SHOW TABLE STATUS ${place === null ? '' : `FROM ${quotedName(place)} `}LIKE ${like}\\G`,
    ]
  })
  return commented(['', painted('bold', 'Tables', page), ...lines.map((line) => `  ${oneLine(line)}`)])
}
