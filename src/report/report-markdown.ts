/** The report as Markdown, to paste into an issue: the header, the profile as a table, and each digest's text and sample. */
import type { Finding } from '../findings/stored-findings.ts'
import { attributesOf } from './attributes.ts'
import { bar, countText, durationText, meanText, oneLine, printable, rateText, shareText } from './figures.ts'
import { lossText } from './loss-text.ts'
import { varianceText } from './profile-table.ts'
import { orderTitles } from './ranking.ts'
import { protocolTitles, rangeText } from './report-text.ts'
import type { ProfileRow, Report } from './report.ts'
import { sampleOf } from './runnable-sample.ts'

const barWidth = 8
const mostFindings = 20

export function reportMarkdown(report: Report, findings: readonly Finding[] = []): string {
  const title = `# querytap report: ${protocolTitles[report.protocol].what} by ${orderTitles[report.orderBy]}`
  const head = [
    `- Range: ${rangeText(report)}`,
    `- Calls: ${countText(report.calls)} of ${countText(report.digests)} digests, ${rateText(report.callsPerSecond)}`,
    `- Time: ${durationText(report.totalNs)} in total, concurrency ${report.concurrency.toFixed(2)}`,
    `- Errors: ${countText(report.errors)}, ${countText(report.unfinished)} unfinished`,
    `- Lost: ${lossText(report.lost)}; ${countText(report.incomplete)} calls not seen in full`,
  ]
  const found =
    findings.length === 0 ? [] : ['', '## Findings', '', ...findings.slice(0, mostFindings).map(findingLine)]
  return (
    [title, '', ...head, '', ...profileTable(report), ...found, ...report.profile.flatMap(section)].join('\n') + '\n'
  )
}

function profileTable({ profile }: Report): string[] {
  if (profile.length === 0) return []
  const rows = profile.map((row) => [
    String(row.rank),
    `\`${row.digest}\``,
    `${shareText(row.share)} ${bar(row.share, barWidth)}`,
    countText(row.calls),
    rateText(row.callsPerSecond),
    ...[row.avgNs, row.p50Ns, row.p95Ns, row.p99Ns, row.maxNs].map(durationText),
    varianceText(row.varianceToMean),
    meanText(row.rowsKnown === null || row.rowsKnown === 0 ? null : row.rowsReturned / row.rowsKnown),
    countText(row.rowsAffected),
    countText(row.errors),
    escaped(row.summary),
  ])
  return table(
    [
      '#',
      'Digest',
      'Share',
      'Calls',
      'Rate',
      'Avg',
      'p50',
      'p95',
      'p99',
      'Max',
      'V/M',
      'Rows/call',
      'Affected',
      'Errors',
      'Statement',
    ],
    rows,
  )
}

function findingLine({ title, digest, digestText, count, costNs, why, try: advice }: Finding): string {
  const times = `${countText(count)} ${count === 1 ? 'time' : 'times'}, ${durationText(costNs)} in total`
  return `- **${escaped(title)}** \`${digest}\` ${escaped(digestText)}: ${times}. ${escaped(why)} ${escaped(advice)}`
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
}

function section(row: ProfileRow): string[] {
  const attributes = attributesOf(row)
  return [
    '',
    `## ${row.rank}. ${escaped(row.summary)} (\`${row.digest}\`)`,
    '',
    ...fenced(row.digestText),
    '',
    ...table(
      ['', 'Total', 'Min', 'Avg', 'Max', '50%', '95%', '99%', 'Stddev', 'V/M'],
      attributes.map(({ name, cells }) => [name, ...cells]),
    ),
    ...sampleLines(row),
  ]
}

function sampleLines({ sample }: ProfileRow): string[] {
  if (sample === null || sample.protocol !== 'mysql') return []
  const found = sampleOf(sample)
  if (found === null) return []
  const why = found.kind === 'text' ? ` (not to paste: ${escaped(found.because)})` : ''
  return ['', `Slowest sample, ${durationText(sample.durationNs)}${why}:`, '', ...fenced(found.sql)]
}

/** A fence longer than any run of backticks inside. */
function fenced(sql: string): string[] {
  const text = printable(sql)
  const longest = Math.max(2, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return [`${fence}sql`, text, fence]
}

/** Nothing in it is Markdown or HTML. */
function escaped(text: string): string {
  return oneLine(text).replace(/[\\`*_{}[\]()<>#+!|~&-]/g, (character) => `\\${character}`)
}
