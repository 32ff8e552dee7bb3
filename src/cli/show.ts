/** `querytap show ID`: one digest with its distribution, callers and samples, or one stored exchange field by field. */
import { z } from 'zod'
import { QuerytapError } from '../querytap-error.ts'
import { digestSection } from '../report/digest-section.ts'
import { printable } from '../report/figures.ts'
import { pageOf, painted } from '../report/page.ts'
import { digestsOfPtId } from '../report/pt-id.ts'
import { readReport } from '../report/report.ts'
import type { Selection } from '../report/scope.ts'
import { storedExchanges } from '../report/stored-exchanges.ts'
import { recordOfRow, type StoredRecord } from '../store/exchange-rows.ts'
import type { Store } from '../store/store.ts'
import { jsonOption, rangeOptions, reading, storeOption } from '../store/store-option.ts'
import { command } from './command.ts'
import { selectionOptions } from './filter-options.ts'

/** How many stored exchanges a digest is shown with. */
const samplesShown = 5

const { digest: _, ...shownSelection } = selectionOptions

export const show = command({
  usage: 'show <id>',
  describe: 'show one digest (its beginning is enough) or one stored exchange in full',
  options: z.object({
    id: z
      .string()
      .describe("16 hexadecimal digits or the first of them, pt-query-digest's id, or the number of an exchange"),
    ...storeOption,
    ...shownSelection,
    ...rangeOptions,
    ...jsonOption,
  }),
  run: async ({ store: path, id, json, ...range }) =>
    reading(path, (store) => {
      const text = exchangeOf(store, id, json) ?? digestOf(store, id, json, range)
      if (text === undefined) {
        process.stderr.write(`show ${id}: no such digest in this range, and no such exchange\n`)
        process.stderr.write('  `querytap report` lists digests, `querytap queries` lists exchanges\n')
        return 1
      }
      process.stdout.write(text)
      return 0
    }),
})

function exchangeOf(store: Store, id: string, json: boolean): string | undefined {
  if (!/^\d{1,15}$/.test(id)) return undefined
  const row = store.database.prepare('SELECT * FROM exchange_records WHERE id = ?').safeIntegers().get(Number(id))
  if (row === undefined) return undefined
  const record = recordOfRow(z.record(z.string(), z.unknown()).parse(row))
  return json ? `${JSON.stringify(record)}\n` : recordText(record)
}

function recordText({ client, server, ...fields }: StoredRecord): string {
  const ends = Object.entries({ client, server }).flatMap(([end, endpoint]) =>
    Object.entries(endpoint).map(([name, value]: [string, unknown]) => line(`${end}.${name}`, value)),
  )
  return `${[...Object.entries(fields).map(([name, value]) => line(name, value)), ...ends].join('\n')}\n`
}

function line(name: string, value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return `${name.padEnd(20)}${value === null ? '-' : printable(text)}`
}

function digestOf(store: Store, id: string, json: boolean, selection: Selection): string | undefined {
  const found = digestsNamed(store, id)
  const [first, second] = found
  if (first === undefined) return undefined
  if (second !== undefined) {
    throw new QuerytapError('USAGE', `show ${id}: more than one digest has it`, {
      hint: found.map(({ digest }) => digest).join(' '),
    })
  }
  const wanted = { ...selection, digest: [first.digest] }
  const { profile, timeLine } = readReport(store, { ...wanted, protocol: first.protocol, limit: 1 })
  const [detail] = profile
  if (detail === undefined) return undefined
  const samples = storedExchanges(store, { ...wanted, limit: samplesShown })
  if (json) return `${JSON.stringify({ ...detail, samples })}\n`
  const page = pageOf()
  const texts = samples.map((record) => `\n${painted('bold', `exchange ${record.id}`, page)}\n${recordText(record)}`)
  return `${painted('bold', `# ${detail.digest}`, page)}\n${digestSection(detail, timeLine, page)}${texts.join('')}`
}

const digestRow = z.object({ digest: z.string(), protocol: z.enum(['mysql', 'http']) })

function digestsNamed(store: Store, id: string): z.output<typeof digestRow>[] {
  if (!/^[0-9a-f]{1,16}$/i.test(id)) return digestsOfPtId(store, id).map((digest) => ({ digest, protocol: 'mysql' }))
  return z
    .array(digestRow)
    .parse(
      store.database
        .prepare("SELECT digest, protocol FROM digests WHERE digest GLOB ? || '*' ORDER BY digest LIMIT 20")
        .all(id.toLowerCase()),
    )
}
