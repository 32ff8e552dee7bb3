/** `querytap queries`: stored exchanges, one a line, the newest last. */
import { z } from 'zod'
import { recordLine } from '../records/record-of.ts'
import { nameOf } from '../report/endpoint-name.ts'
import { countText, durationText, oneLine } from '../report/figures.ts'
import { storedExchanges } from '../report/stored-exchanges.ts'
import { type Column, pageOf, tableText } from '../report/table.ts'
import type { StoredRecord } from '../store/exchange-rows.ts'
import { jsonOption, rangeOptions, reading, storeOption } from '../store/store-option.ts'
import { command } from './command.ts'
import { integer, duration } from './values.ts'

const texts = (help: string) => z.array(z.string()).default([]).describe(help)

export const queries = command({
  usage: 'queries',
  describe: 'list stored exchanges: the slow ones, the failed ones, and samples',
  options: z.object({
    ...storeOption,
    pod: texts('only of this pod, NAMESPACE/NAME or NAME, client or server; * ? [..] match as in a shell'),
    namespace: texts('only of pods in this namespace; patterns as above'),
    digest: texts('only of this digest; its beginning is enough'),
    user: texts('only of this database user; patterns as above'),
    database: texts('only in this database; patterns as above'),
    'min-duration': duration().optional().describe('only those that took at least this long'),
    ...rangeOptions,
    errors: z.boolean().default(false).describe('only those that failed'),
    limit: integer(1, 1_000_000).prefault('100').describe('how many at most, the newest'),
    ...jsonOption,
  }),
  run: async ({ store: path, json, 'min-duration': minDurationNs, ...filter }) =>
    reading(path, (store) => {
      const records = storedExchanges(store, { ...filter, minDurationNs: minDurationNs ?? null })
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
