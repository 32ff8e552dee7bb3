/** One digest in full as text: figures, distribution, who runs it, and a sample to copy. */
import type { StoredRecord } from '../store/exchange-rows.ts'
import type { DigestDetail, Share } from './digest-detail.ts'
import { nameOf } from './endpoint-name.ts'
import { bar, bytesText, countText, cut, durationText, oneLine, printable } from './figures.ts'
import { bold, type Page } from './table.ts'

const labelWidth = 12
const chartWidth = 40
const mostShares = 5

/** @param lead stands before the digest in the title */
export function digestSection(detail: DigestDetail, page: Page, lead = ''): string {
  const title = `${lead}${detail.digest}  `
  const lines = [bold(title + cut(oneLine(detail.digestText), page.width - title.length), page)]
  const add = (label: string, text: string): unknown => lines.push(`  ${label.padEnd(labelWidth)}${text}`)
  add(
    'Calls',
    `${countText(detail.calls)}, ${countText(detail.errors)} errors, ${countText(detail.unfinished)} unfinished`,
  )
  add(
    'Time',
    `total ${durationText(detail.totalNs)}  min ${durationText(detail.minNs)}  avg ${durationText(detail.avgNs)}` +
      `  p50 ${durationText(detail.p50Ns)}  p95 ${durationText(detail.p95Ns)}  p99 ${durationText(detail.p99Ns)}` +
      `  max ${durationText(detail.maxNs)}`,
  )
  if (detail.sample?.protocol !== 'http') {
    const indexless = detail.noIndexUsed > 0 ? `, ${countText(detail.noIndexUsed)} calls without an index` : ''
    add('Rows', `${countText(detail.rowsReturned)} returned, ${countText(detail.rowsAffected)} affected${indexless}`)
  }
  add('Bytes', `${bytesText(detail.requestBytes)} sent, ${bytesText(detail.responseBytes)} received`)
  add('Seen', `${detail.firstSeenAt} to ${detail.lastSeenAt}`)
  if (detail.sample?.protocol !== 'http') {
    add('Users', sharesText(detail.users))
    add('Databases', sharesText(detail.databases))
  }
  add('Clients', sharesText(detail.clients))
  add('Servers', sharesText(detail.servers))
  return `${[...lines, ...distributionLines(detail), ...sampleLines(detail.sample)].join('\n')}\n`
}

function sharesText(shares: readonly Share[]): string {
  const shown = shares.slice(0, mostShares).map(({ name, calls }) => `${oneLine(name ?? '-')} (${countText(calls)})`)
  if (shares.length > mostShares) shown.push(`${countText(shares.length - mostShares)} more`)
  return shown.join(', ')
}

function distributionLines({ distribution }: DigestDetail): string[] {
  const most = Math.max(...distribution.map(({ calls }) => calls))
  if (most === 0) return []
  const rows = distribution.map(({ fromNs, calls }) => {
    const label = fromNs === 0 ? '<1us' : `${bound(fromNs)}+`
    return `    ${label.padStart(labelWidth - 4)}  ${bar(calls / most, chartWidth).padEnd(chartWidth)} ${countText(calls)}`
  })
  return ['  Distribution', ...rows]
}

function bound(ns: number): string {
  return ns < 1e6 ? `${ns / 1e3}us` : ns < 1e9 ? `${ns / 1e6}ms` : `${ns / 1e9}s`
}

/** The text stands unindented, so that it can be copied. */
function sampleLines(sample: StoredRecord | null): string[] {
  if (sample === null) return ['  Sample      -']
  const from = `${nameOf(sample.client) ?? '-'}, ${sample.startedAt}, ${durationText(sample.durationNs)}, ${sample.status ?? 'outcome not seen'}`
  const lines = [`  Sample      ${sample.id}: ${oneLine(from)}`]
  if (sample.protocol === 'http') {
    const query = sample.query === null ? '' : `?${sample.query}`
    return [
      ...lines,
      printable(
        `${sample.method ?? '-'} ${sample.path ?? '-'}${query} (${sample.host ?? '-'}) ${sample.statusCode ?? '-'}`,
      ),
    ]
  }
  if (sample.statementBytes !== null)
    lines.push(`  (only the beginning of ${countText(sample.statementBytes)} bytes was kept)`)
  return [...lines, printable(sample.statement ?? sample.command)]
}
