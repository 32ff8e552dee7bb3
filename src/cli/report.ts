/** `querytap report`: the slow-SQL report from the store. */
import { z } from 'zod'
import { orders } from '../report/ranking.ts'
import { reportJson } from '../report/report.ts'
import { reportText } from '../report/report-text.ts'
import { jsonOption, protocolOption, rangeOptions, reading, storeOption } from '../store/store-option.ts'
import { command } from './command.ts'
import { selectionOptions } from './filter-options.ts'
import { integer } from './values.ts'

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
      .describe('rank by: ' + orders.join(', ')),
    limit: integer(1, 100_000).prefault('10').describe('how many digests to rank'),
    ...jsonOption,
  }),
  run: async ({ store: path, json, 'order-by': orderBy, ...selection }) =>
    reading(path, (store) => {
      const options = { ...selection, orderBy }
      process.stdout.write(json ? reportJson(store, options) : reportText(store, options))
      return 0
    }),
})
