/** Columns in the terminal, without borders. The last column takes what is left of the width. */
import Table from 'cli-table3'
import { cut } from './figures.ts'
import { type Page, painted, type Style } from './page.ts'

export interface Column {
  head: string
  align: 'left' | 'right'
  /** Columns with a number go where the page is narrow, the lowest first. */
  drop?: number
  /** How a cell looks where there are colours. */
  style?: (cell: string) => Style | null
}

const gap = 2
/** What the last column needs before others go for it. */
const leastLast = 24

/** @returns lines, each ended; rows have as many cells as there are columns */
export function tableText(columns: readonly Column[], rows: readonly (readonly string[])[], page: Page): string {
  const widths = columns.map(({ head }, index) =>
    Math.max(head.length, ...rows.map((row) => (row[index] ?? '').length)),
  )
  const shown = fitting(columns, widths, page)
  const last = shown.at(-1) ?? 0
  const fixed = shown.slice(0, -1).reduce((sum, index) => sum + (widths[index] ?? 0) + gap, 0)
  const room = Math.max(20, page.width - fixed)
  const none = ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right']
  const sides = ['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle']
  const table = new Table({
    head: shown.map((index) => painted('bold', columns[index]?.head ?? '', page)),
    colAligns: shown.map((index) => columns[index]?.align ?? 'left'),
    chars: Object.fromEntries([...none, ...sides].map((name) => [name, ''])),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': gap, compact: true },
  })
  for (const row of rows) {
    table.push(
      shown.map((index) => {
        const cell = index === last ? cut(row[index] ?? '', room) : (row[index] ?? '')
        const style = columns[index]?.style?.(cell) ?? null
        return style === null ? cell : painted(style, cell, page)
      }),
    )
  }
  return `${table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')}\n`
}

/** @returns the columns that stay, by their place */
function fitting(columns: readonly Column[], widths: readonly number[], page: Page): number[] {
  let shown = columns.map((_, index) => index)
  const width = (): number =>
    shown.slice(0, -1).reduce((sum, index) => sum + (widths[index] ?? 0) + gap, 0) +
    Math.min(leastLast, widths[shown.at(-1) ?? 0] ?? 0)
  const droppable = columns
    .map(({ drop }, index) => ({ drop, index }))
    .filter(({ drop }) => drop !== undefined)
    .sort((a, b) => (a.drop ?? 0) - (b.drop ?? 0))
  for (const { index } of droppable) {
    if (width() <= page.width) break
    shown = shown.filter((each) => each !== index)
  }
  return shown
}
