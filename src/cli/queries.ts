/** `querytap queries`: stored exchanges, one a line, the newest last. */
import { z } from 'zod'
import { recordLine } from '../records/record-of.ts'
import { nameOf } from '../report/endpoint-name.ts'
import { countText, durationText, oneLine } from '../report/figures.ts'
import { storedExchanges } from '../report/stored-exchanges.ts'
import { pageOf } from '../report/page.ts'
import { type Column, tableText } from '../report/table.ts'
import type { StoredRecord } from '../store/exchange-rows.ts'
import { jsonOption, rangeOptions, reading, storeOption } from '../store/store-option.ts'
import { command } from './command.ts'
import { exchangeOptions, selectionOptions } from './filter-options.ts'
import { integer } from './values.ts'

export const queries = command({
  usage: 'queries',
  describe: 'list stored exchanges: the slow ones, the failed ones, and samples',
  options: z.object({
    ...storeOption,
    ...selectionOptions,
    ...exchangeOptions,
    ...rangeOptions,
    limit: integer(1, 1_000_000).prefault('100').describe('how many at most, the newest'),
    offset: integer(0, 1e12).prefault('0').describe('leave out so many of the newest: the page before'),
    after: integer(0, 2 ** 52)
      .optional()
      .describe('only those stored after the exchange with this ID, the oldest first'),
    ...jsonOption,
  }),
  run: async ({ store: path, json, 'min-duration': minDurationNs, ...filter }) =>
    reading(path, (store) => {
      const records = storedExchanges(store, { ...filter, minDurationNs })
      if (json) for (const record of records) process.stdout.write(recordLine(record))
      else if (records.length === 0) process.stderr.write('no stored exchange matches\n')
      else process.stdout.write(tableText(columns, records.map(row), pageOf()))
      return 0
    }),
})

const columns: Column[] = [
  { head: 'ID', align: 'right' },
  { head: 'Started', align: 'left' },
  { head: 'Duration', align: 'right' },
  { head: 'Status', align: 'left' },
  { head: 'Rows', align: 'right' },
  { head: 'User', align: 'left' },
  { head: 'Database', align: 'left' },
  { head: 'Client', align: 'left' },
  { head: 'Server', align: 'left' },
  { head: 'Statement', align: 'left' },
]

function row(record: StoredRecord): string[] {
  const mysql = record.protocol === 'mysql'
  const cells: (string | null)[] = [
    String(record.id),
    `${record.startedAt.slice(0, 23)}Z`,
    durationText(record.durationNs),
    outcome(record),
    mysql ? countText(record.rowsReturned ?? record.rowsAffected) : '-',
    mysql ? record.user : null,
    mysql ? record.database : null,
    nameOf(record.client),
    nameOf(record.server),
    mysql ? (record.statement ?? record.command) : `${record.method ?? '-'} ${record.host ?? ''}${record.path ?? '-'}`,
  ]
  return cells.map((cell) => oneLine(cell ?? '-'))
}

function outcome(record: StoredRecord): string {
  if (record.protocol === 'http') return String(record.statusCode ?? record.status ?? '-')
  return record.errorCode === null ? (record.status ?? '-') : `error ${record.errorCode}`
}
