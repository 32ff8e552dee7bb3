/** Rows of an answer as a table, as JSON lines or as CSV (RFC 4180). */
import { oneLine } from '../report/figures.ts'
import { pageOf } from '../report/page.ts'
import { tableText } from '../report/table.ts'

export const sqlFormats = ['table', 'json', 'csv'] as const

export type SqlFormat = (typeof sqlFormats)[number]

/** Rows of one table: what is wider than it is long is laid out at once. */
const rowsPerTable = 1000

type Cell = string | number | bigint | Uint8Array | null

/** Text in pieces, so that a long answer needs no memory. */
export function* answerText(columns: readonly string[], rows: Iterable<Cell[]>, format: SqlFormat): Generator<string> {
  switch (format) {
    case 'json':
      for (const row of rows) yield `${jsonLine(columns, row)}\n`
      break
    case 'csv':
      yield csvLine(columns)
      for (const row of rows) yield csvLine(row.map(cellText))
      break
    case 'table':
      yield* tables(columns, rows)
  }
}

function* tables(columns: readonly string[], rows: Iterable<Cell[]>): Generator<string> {
  let block: string[][] = []
  let any = false
  for (const row of rows) {
    block.push(row.map((cell) => oneLine(cell === null ? '-' : cellText(cell))))
    any = true
    if (block.length < rowsPerTable) continue
    yield table(columns, block)
    block = []
  }
  if (block.length > 0 || !any) yield table(columns, block)
}

function table(columns: readonly string[], rows: readonly string[][]): string {
  const numeric = columns.map(
    (_, index) => rows.length > 0 && rows.every((row) => /^(-|-?[\d.]+(e[+-]?\d+)?)$/.test(row[index] ?? '')),
  )
  const heads = columns.map((head, index) => ({
    head,
    align: numeric[index] === true ? ('right' as const) : ('left' as const),
  }))
  return tableText(heads, rows, pageOf())
}

function cellText(cell: Cell): string {
  if (cell === null) return ''
  return cell instanceof Uint8Array ? Buffer.from(cell).toString('hex') : String(cell)
}

/** Whole numbers beyond 2^53 − 1 stay exact, as text. */
function jsonLine(columns: readonly string[], row: readonly Cell[]): string {
  return JSON.stringify(
    Object.fromEntries(
      columns.map((name, index) => {
        const cell = row[index] ?? null
        if (typeof cell === 'bigint') return [name, Number.isSafeInteger(Number(cell)) ? Number(cell) : cell.toString()]
        return [name, cell instanceof Uint8Array ? cellText(cell) : cell]
      }),
    ),
  )
}

function csvLine(cells: readonly string[]): string {
  return `${cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\r\n`
}
