/** What the output is: its width, and colours only where they are wanted (https://no-color.org, https://force-color.org). */
import { styleText } from 'node:util'

export interface Page {
  /** Columns of the terminal. */
  width: number
  color: boolean
}

export type Style = 'bold' | 'dim' | 'cyan' | 'green' | 'red' | 'yellow'

const defaultWidth = 120
const leastWidth = 60

/** Where the output is no terminal, COLUMNS says its width. */
export function pageOf(stream: { isTTY?: boolean; columns?: number } = process.stdout): Page {
  const terminal = stream.isTTY === true
  const width = (terminal ? stream.columns : undefined) ?? columnsWanted() ?? defaultWidth
  return { width: Math.max(leastWidth, width), color: wantsColor(terminal) }
}

function columnsWanted(): number | undefined {
  const columns = Number(process.env['COLUMNS'])
  return Number.isInteger(columns) && columns > 0 ? columns : undefined
}

function wantsColor(terminal: boolean): boolean {
  const { NO_COLOR: none, FORCE_COLOR: forced, TERM: term } = process.env
  if (none) return false
  if (forced) return forced !== '0' && forced !== 'false'
  return terminal && term !== 'dumb'
}

export function painted(style: Style, text: string, page: Page): string {
  return page.color && text !== '' ? styleText(style, text, { validateStream: false }) : text
}
