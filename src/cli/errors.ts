/** `querytap errors`: what failed, by error code and digest, with the server's message, who sent it, and when. */
import { z } from 'zod'
import { type ErrorRow, readErrors } from '../report/errors.ts'
import { countText, oneLine, secondText } from '../report/figures.ts'
import { pageOf } from '../report/page.ts'
import { type Column, tableText } from '../report/table.ts'
import { jsonOption, rangeOptions, reading, storeOption } from '../store/store-option.ts'
import { command } from './command.ts'
import { pageOptions, selectionOptions } from './filter-options.ts'
import { integer } from './values.ts'

export const errors = command({
  usage: 'errors',
  describe: 'list what failed, by error code and digest, with message, clients, first and last time',
  options: z.object({
    ...storeOption,
    code: z.array(integer(0, 65_535)).default([]).describe('only this error number or HTTP status'),
    ...selectionOptions,
    ...rangeOptions,
    ...pageOptions,
    ...jsonOption,
  }),
  run: async ({ store: path, json, limit, offset, ...filter }) =>
    reading(path, (store) => {
      const found = readErrors(store, filter)
      const shown = found.slice(offset, offset + limit)
      if (json) for (const each of shown) process.stdout.write(`${JSON.stringify(each)}\n`)
      else if (found.length === 0) process.stderr.write('no error in this range\n')
      else process.stdout.write(tableText(columns, shown.map(row), pageOf()))
      return 0
    }),
})

/** SQLSTATE, First, Clients go in this order where the terminal is narrow. */
const columns: readonly Column[] = [
  { head: 'Count', align: 'right' },
  { head: 'Code', align: 'right' },
  { head: 'State', align: 'left', drop: 1 },
  { head: 'Digest', align: 'left' },
  { head: 'First', align: 'left', drop: 2 },
  { head: 'Last', align: 'left' },
  { head: 'Clients', align: 'left', drop: 3 },
  { head: 'Message', align: 'left' },
]

function row(error: ErrorRow): string[] {
  const [first, ...others] = error.clients
  const more = others.length === 0 ? '' : ` and ${others.length} more`
  return [
    countText(error.count),
    String(error.code ?? '-'),
    error.sqlState ?? '-',
    error.digest,
    secondText(error.firstAt),
    secondText(error.lastAt),
    `${oneLine(first?.name ?? '-')}${more}`,
    oneLine(error.message ?? error.digestText),
  ]
}
