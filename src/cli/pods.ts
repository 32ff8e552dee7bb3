/** `querytap pods`: which pods talk SQL and HTTP, how much and how slow. Without pods: containers, else processes. */
import { z } from 'zod'
import { bytesText, countText, durationText, oneLine } from '../report/figures.ts'
import { type GroupRow, groupings, readGroups } from '../report/groups.ts'
import { pageOf } from '../report/page.ts'
import { type Column, tableText } from '../report/table.ts'
import { jsonOption, rangeOptions, reading, storeOption } from '../store/store-option.ts'
import { command } from './command.ts'
import { pageOptions, selectionOptions } from './filter-options.ts'

export const pods = command({
  usage: 'pods',
  describe: 'list which pods talk SQL and HTTP, how much and how slow',
  options: z.object({
    ...storeOption,
    by: z
      .enum(groupings)
      .default('pod')
      .describe(`pod: each client with each server; or one of ${groupings.slice(1).join(', ')}`),
    ...selectionOptions,
    ...rangeOptions,
    ...pageOptions,
    ...jsonOption,
  }),
  run: async ({ store: path, json, by, limit, offset, ...selection }) =>
    reading(path, (store) => {
      const groups = readGroups(store, selection, by)
      const shown = groups.slice(offset, offset + limit)
      if (json) for (const each of shown) process.stdout.write(`${JSON.stringify(each)}\n`)
      else if (groups.length === 0) process.stderr.write('nothing was captured in this range\n')
      else process.stdout.write(groupsText(shown))
      return 0
    }),
})

const names = ['client', 'server', 'user', 'database'] as const

function groupsText(groups: readonly GroupRow[]): string {
  const named = names.filter((name) => groups.some((each) => each[name] !== undefined))
  const columns: Column[] = [
    ...figures,
    ...named.map((name): Column => ({ head: name.charAt(0).toUpperCase() + name.slice(1), align: 'left' })),
  ]
  const rows = groups.map((each) => [
    each.protocol,
    countText(each.calls),
    countText(each.errors),
    durationText(each.totalNs),
    durationText(each.avgNs),
    durationText(each.p95Ns),
    durationText(each.maxNs),
    bytesText(each.requestBytes),
    bytesText(each.responseBytes),
    ...named.map((name) => oneLine(each[name] ?? '-')),
  ])
  return tableText(columns, rows, pageOf())
}

/** Received, Sent, Max, Avg, Errors go in this order where the terminal is narrow. */
const figures: readonly Column[] = [
  { head: 'Protocol', align: 'left' },
  { head: 'Calls', align: 'right' },
  { head: 'Errors', align: 'right', drop: 5 },
  { head: 'Total', align: 'right' },
  { head: 'Avg', align: 'right', drop: 4 },
  { head: 'p95', align: 'right' },
  { head: 'Max', align: 'right', drop: 3 },
  { head: 'Sent', align: 'right', drop: 2 },
  { head: 'Received', align: 'right', drop: 1 },
]
