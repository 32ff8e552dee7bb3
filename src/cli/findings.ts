/** `querytap findings`: what statements do that costs more than it must, with why and what to try. */
import { z } from 'zod'
import { findingKinds } from '../findings/finding-kind.ts'
import { findingLines } from '../findings/findings-section.ts'
import { readFindings } from '../findings/stored-findings.ts'
import { pageOf } from '../report/page.ts'
import { jsonOption, rangeOptions, reading, storeOption } from '../store/store-option.ts'
import { command } from './command.ts'
import { pageOptions, selectionOptions } from './filter-options.ts'

export const findings = command({
  usage: 'findings',
  describe: 'list what costs more than it must: N+1, repetition, long transactions, slow commits, no index',
  options: z.object({
    ...storeOption,
    kind: z
      .array(z.enum(findingKinds))
      .default([])
      .describe(`only this kind: ${findingKinds.join(', ')}`),
    ...selectionOptions,
    ...rangeOptions,
    ...pageOptions,
    ...jsonOption,
  }),
  run: async ({ store: path, json, limit, offset, ...filter }) =>
    reading(path, (store) => {
      const found = readFindings(store, filter).slice(offset, offset + limit)
      const page = pageOf()
      if (json) for (const each of found) process.stdout.write(`${JSON.stringify(each)}\n`)
      else if (found.length === 0) process.stderr.write('nothing was found in this range\n')
      else {
        const texts = found.map((each, index) => findingLines(each, offset + index + 1, page).join('\n'))
        process.stdout.write(`${texts.join('\n\n')}\n`)
      }
      return 0
    }),
})
