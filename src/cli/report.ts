/** `querytap report`: the slow-SQL report from the store, for people, for programs and for browsers. */
import { z } from 'zod'
import { QuerytapError } from '../querytap-error.ts'
import { orders } from '../report/ranking.ts'
import { reportCsv } from '../report/report-csv.ts'
import { reportHtml } from '../report/report-html.ts'
import { reportMarkdown } from '../report/report-markdown.ts'
import { reportText } from '../report/report-text.ts'
import { readReport, reportJson, type ReportOptions } from '../report/report.ts'
import type { Store } from '../store/store.ts'
import { jsonOption, protocolOption, rangeOptions, reading, storeOption } from '../store/store-option.ts'
import { command } from './command.ts'
import { selectionOptions } from './filter-options.ts'
import { integer } from './values.ts'

const formats = {
  text: reportText,
  json: reportJson,
  csv: (store, options) => reportCsv(readReport(store, options)),
  markdown: (store, options) => reportMarkdown(readReport(store, options)),
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
    ...jsonOption,
  }),
  run: async ({ store: path, json, format: named, 'order-by': orderBy, ...selection }) => {
    if (json && named !== undefined && named !== 'json') {
      throw new QuerytapError('USAGE', `--format ${named}: --json says otherwise`)
    }
    const format = named ?? (json ? 'json' : 'text')
    return reading(path, (store) => {
      process.stdout.write(formats[format](store, { ...selection, orderBy }))
      return 0
    })
  },
})
