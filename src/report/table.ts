/** Columns in the terminal, without borders. The last column takes what is left of the width. */
import Table from 'cli-table3'
import { styleText } from 'node:util'
import { cut } from './figures.ts'

export interface Page {
  /** Columns of the terminal. */
  width: number
  color: boolean
}

const defaultWidth = 120
const leastWidth = 60

/** What the output is: its width, and colours only for a terminal that wants them (https://no-color.org). */
export function pageOf(stream: { isTTY?: boolean; columns?: number } = process.stdout): Page {
  const terminal = stream.isTTY === true
  const width = terminal ? (stream.columns ?? defaultWidth) : defaultWidth
  return {
    width: Math.max(leastWidth, width),
    color: terminal && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb',
  }
}

export function bold(text: string, page: Page): string {
  return page.color ? styleText('bold', text, { validateStream: false }) : text
}

export interface Column {
  head: string
  align: 'left' | 'right'
}

/** @returns lines, each ended; rows have as many cells as there are columns */
export function tableText(columns: readonly Column[], rows: readonly (readonly string[])[], page: Page): string {
  const gap = 2
  const widths = columns.map(({ head }, index) =>
    Math.max(head.length, ...rows.map((row) => (row[index] ?? '').length)),
  )
  const fixed = widths.slice(0, -1).reduce((sum, width) => sum + width + gap, 0)
  const room = Math.max(20, page.width - fixed)
  const none = ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right']
  const sides = ['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle']
  const table = new Table({
    head: columns.map(({ head }) => bold(head, page)),
    colAligns: columns.map(({ align }) => align),
    chars: Object.fromEntries([...none, ...sides].map((name) => [name, ''])),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': gap, compact: true },
  })
  const last = columns.length - 1
  for (const row of rows) table.push(row.map((cell, index) => (index === last ? cut(cell, room) : cell)))
  return `${table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')}\n`
}
