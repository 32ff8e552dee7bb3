/** `querytap pods`: which pods talk SQL and HTTP, how much and how slow. Without pods: containers, else processes. */
import { z } from 'zod'
import { readClients } from '../report/clients.ts'
import { bytesText, countText, durationText, oneLine } from '../report/figures.ts'
import { pageOf } from '../report/page.ts'
import { type Column, tableText } from '../report/table.ts'
import { jsonOption, rangeOptions, reading, storeOption } from '../store/store-option.ts'
import { command } from './command.ts'

const columns: Column[] = [
  ...['Client', 'Server', 'Protocol'].map((head): Column => ({ head, align: 'left' })),
  ...['Calls', 'Errors', 'Total', 'Avg', 'p95', 'Max', 'Sent', 'Received'].map((head): Column => ({
    head,
    align: 'right',
  })),
]

export const pods = command({
  usage: 'pods',
  describe: 'list which pods talk SQL and HTTP, how much and how slow',
  options: z.object({ ...storeOption, ...rangeOptions, ...jsonOption }),
  run: async ({ store: path, json, ...range }) =>
    reading(path, (store) => {
      const clients = readClients(store, range)
      if (json) for (const each of clients) process.stdout.write(`${JSON.stringify(each)}\n`)
      else if (clients.length === 0) process.stderr.write('nothing was captured in this range\n')
      else {
        const rows = clients.map((each) => [
          oneLine(each.client ?? '-'),
          oneLine(each.server ?? '-'),
          each.protocol,
          countText(each.calls),
          countText(each.errors),
          durationText(each.totalNs),
          durationText(each.avgNs),
          durationText(each.p95Ns),
          durationText(each.maxNs),
          bytesText(each.requestBytes),
          bytesText(each.responseBytes),
        ])
        process.stdout.write(tableText(columns, rows, pageOf()))
      }
      return 0
    }),
})
