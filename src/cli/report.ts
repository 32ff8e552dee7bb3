/** `querytap report`: the slow-SQL report from the store, for people, for programs and for browsers. */
import { z } from 'zod'
import { readFindings } from '../findings/stored-findings.ts'
import { QuerytapError } from '../querytap-error.ts'
import { orders } from '../report/ranking.ts'
import { reportCsv } from '../report/report-csv.ts'
import { reportHtml } from '../report/report-html.ts'
import { reportMarkdown } from '../report/report-markdown.ts'
import { reportText } from '../report/report-text.ts'
import type { Selection } from '../report/scope.ts'
import { readReport, reportJson, type ReportOptions } from '../report/report.ts'
import { comparisonText } from '../report/comparison-text.ts'
import { compare } from '../report/comparison.ts'
import { Store } from '../store/store.ts'
import { jsonOption, protocolOption, rangeOptions, reading, storeOption } from '../store/store-option.ts'
import { command } from './command.ts'
import { selectionOptions } from './filter-options.ts'
import { duration, integer } from './values.ts'

const formats = {
  text: reportText,
  json: reportJson,
  csv: (store, options) => reportCsv(readReport(store, options)),
  markdown: (store, options) =>
    reportMarkdown(readReport(store, options), options.protocol === 'mysql' ? readFindings(store, options) : []),
  html: reportHtml,
} satisfies Record<string, (store: Store, options: ReportOptions) => string>

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
    return reading(path, (store) => {
      const compares = shiftNs !== undefined || otherPath !== undefined
      const text = compares
        ? comparedText(store, options, format, { shiftNs, otherPath })
        : formats[format](store, options)
      process.stdout.write(text)
      return 0
    })
  },
})

function comparedText(
  store: Store,
  options: ReportOptions,
  format: Format,
  { shiftNs, otherPath }: { shiftNs: number | undefined; otherPath: string | undefined },
): string {
  if (format !== 'text' && format !== 'json') {
    throw new QuerytapError('USAGE', `--format ${format}: a comparison is text or json`)
  }
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
