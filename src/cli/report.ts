/** `querytap report`: the slow-SQL report from the store, for people, for programs and for browsers. */
import { z } from 'zod'
import { QuerytapError } from '../querytap-error.ts'
import { orders } from '../report/ranking.ts'
import type { Selection } from '../report/scope.ts'
import { readReport, reportJson, type ReportOptions } from '../report/report.ts'
import { Store } from '../store/store.ts'
import { jsonOption, protocolOption, rangeOptions, reading, storeOption } from '../store/store-option.ts'
import { command } from './command.ts'
import { selectionOptions } from './filter-options.ts'
import { duration, integer } from './values.ts'

type Write = (store: Store, options: ReportOptions) => string

/** Each brings what it needs: JSON is not to wait for charts. */
const formats = {
  text: async () => (await import('../report/report-text.ts')).reportText,
  json: async () => reportJson,
  csv: async () => {
    const { reportCsv } = await import('../report/report-csv.ts')
    return (store, options) => reportCsv(readReport(store, options))
  },
  markdown: async () => {
    const [{ reportMarkdown }, { readFindings }] = await Promise.all([
      import('../report/report-markdown.ts'),
      import('../findings/stored-findings.ts'),
    ])
    return (store, options) =>
      reportMarkdown(readReport(store, options), options.protocol === 'mysql' ? readFindings(store, options) : [])
  },
  html: async () => (await import('../report/report-html.ts')).reportHtml,
} satisfies Record<string, () => Promise<Write>>

type Format = keyof typeof formats

const formatNames = Object.keys(formats) as [Format, ...Format[]]

export const report = command({
  usage: 'report',
  describe: 'print which statements cost the most, from the store',
  options: z.object({
    ...storeOption,
    ...rangeOptions,
    ...protocolOption,
    ...selectionOptions,
    'order-by': z
      .enum(orders)
      .default('total')
      .describe(`rank by: ${orders.join(', ')}`),
    limit: integer(1, 100_000).prefault('10').describe('how many digests to rank'),
    format: z.enum(formatNames).optional().describe('text, json, csv, markdown, or html: one file with charts'),
    'compare-to': duration()
      .optional()
      .describe('compare with the same range this long before: --since 1h --compare-to 1d is the same hour yesterday'),
    'compare-store': z.string().min(1).optional().describe('compare with all of this store, captured before'),
    ...jsonOption,
  }),
  run: async (given) => {
    const { store: path, json, format: named, 'order-by': orderBy, ...rest } = given
    const { 'compare-to': shiftNs, 'compare-store': otherPath, ...selection } = rest
    if (json && named !== undefined && named !== 'json') {
      throw new QuerytapError('USAGE', `--format ${named}: --json says otherwise`)
    }
    const format = named ?? (json ? 'json' : 'text')
    const options = { ...selection, orderBy }
    const compares = shiftNs !== undefined || otherPath !== undefined
    const write: Write = compares ? await comparing(format, { shiftNs, otherPath }) : await formats[format]()
    return reading(path, (store) => {
      process.stdout.write(write(store, options))
      return 0
    })
  },
})

async function comparing(
  format: Format,
  { shiftNs, otherPath }: { shiftNs: number | undefined; otherPath: string | undefined },
): Promise<Write> {
  if (format !== 'text' && format !== 'json') {
    throw new QuerytapError('USAGE', `--format ${format}: a comparison is text or json`)
  }
  const [{ compare }, { comparisonText }] = await Promise.all([
    import('../report/comparison.ts'),
    import('../report/comparison-text.ts'),
  ])
  return (store, options) => {
    const other = otherPath === undefined ? store : Store.openReader(otherPath)
    try {
      const selection =
        otherPath === undefined ? shifted(options, shiftNs ?? 0) : { ...options, ...otherRange(options, shiftNs) }
      const comparison = compare({ store, selection: options }, { store: other, selection }, options.protocol)
      return format === 'json' ? `${JSON.stringify(comparison)}\n` : comparisonText(comparison, options.limit)
    } finally {
      if (other !== store) other.close()
    }
  }
}

function otherRange(options: ReportOptions, shiftNs: number | undefined): Selection {
  return shiftNs === undefined ? { since: undefined, until: undefined } : shifted(options, shiftNs)
}

/** The same range, so long before. */
function shifted(options: ReportOptions, shiftNs: number): ReportOptions {
  const { since, until = new Date() } = options
  if (since === undefined) {
    throw new QuerytapError('USAGE', '--compare-to: there is no range to compare', {
      hint: 'say where it begins, as in --since 1h --compare-to 1d',
    })
  }
  if (shiftNs <= 0) throw new QuerytapError('USAGE', '--compare-to: 0 is the same range')
  const earlier = (date: Date): Date => new Date(date.getTime() - shiftNs / 1e6)
  return { ...options, since: earlier(since), until: earlier(until) }
}
