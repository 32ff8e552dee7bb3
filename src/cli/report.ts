/** `querytap report`: the slow-SQL report from the store. */
import { z } from 'zod'
import { reportJson } from '../report/report.ts'
import { reportText } from '../report/report-text.ts'
import { jsonOption, protocolOption, rangeOptions, reading, storeOption } from '../store/store-option.ts'
import { command } from './command.ts'
import { integer } from './values.ts'

export const report = command({
  usage: 'report',
  describe: 'print which statements cost the most, from the store',
  options: z.object({
    ...storeOption,
    ...rangeOptions,
    ...protocolOption,
    limit: integer(1, 100_000).prefault('10').describe('how many digests to rank'),
    ...jsonOption,
  }),
  run: async ({ store: path, json, ...options }) =>
    reading(path, (store) => {
      process.stdout.write(json ? reportJson(store, options) : reportText(store, options))
      return 0
    }),
})
