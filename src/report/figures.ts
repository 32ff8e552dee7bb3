/** Numbers as people read them: three significant digits with a unit, thousands apart, `-` for what is not known. */

const unknown = '-'
/** Made once: making it takes longer than writing a thousand numbers. */
const counts = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** `950ns`, `1.23ms`, `45.6s`, `12m 5s`, `3h 20m`, `2d 4h` */
export function durationText(ns: number | null): string {
  if (ns === null) return unknown
  if (ns < 1e3) return `${Math.round(ns)}ns`
  if (ns < 999.5e3) return `${significant(ns / 1e3)}us`
  if (ns < 999.5e6) return `${significant(ns / 1e6)}ms`
  if (ns < 99.95e9) return `${significant(ns / 1e9)}s`
  const seconds = Math.round(ns / 1e9)
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${seconds % 60}s`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h ${Math.floor((seconds % 3600) / 60)}m`
  return `${Math.floor(seconds / 86_400)}d ${Math.floor((seconds % 86_400) / 3600)}h`
}

function significant(value: number): string {
  return value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0)
}

/** `1,234,567` */
export function countText(count: number | null): string {
  return count === null ? unknown : counts.format(count)
}

/** `512 B`, `1.5 KiB`, `20.3 MiB` */
export function bytesText(bytes: number | null): string {
  if (bytes === null) return unknown
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = bytes
  let unit = 0
  while (value >= 1023.5 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${unit === 0 ? value : significant(value)} ${units[unit] ?? ''}`
}

/** @param share 0 to 1 */
export function shareText(share: number): string {
  return `${(share * 100).toFixed(1)}%`
}

export function rateText(perSecond: number): string {
  return `${perSecond < 999.5 ? significant(perSecond) : countText(perSecond)}/s`
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** @param share 0 to 1 of `width` columns; something above zero shows at least a sliver */
export function bar(share: number, width: number): string {
  const parts = Math.min(width * 8, Math.max(share > 0 ? 1 : 0, Math.round(share * width * 8)))
  return '█'.repeat(Math.floor(parts / 8)) + (eighths[parts % 8] ?? '')
}

/** One line for a column: line breaks and control characters become spaces, so that nothing moves the cursor. */
export function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ')
}

/** Several lines as they are, but what a terminal would obey is shown as `\xNN`. */
export function printable(text: string): string {
  const escape = (character: string): string => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
  return text.replace(/[^\P{Cc}\t\n]/gu, escape)
}

/** @returns at most `width` characters, the last an ellipsis when some were cut */
export function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`
}

const levels = '▁▂▃▄▅▆▇█'

/** One character a value, as high as its share of the highest; a space for none. */
export function sparkline(values: readonly number[]): string {
  const most = Math.max(...values)
  return values
    .map((value) => (value <= 0 ? ' ' : levels.charAt(Math.ceil((value / most) * levels.length) - 1)))
    .join('')
}

/** `12.3`, `0.05`, `1,234`: a mean of counts. */
export function meanText(value: number | null): string {
  if (value === null) return unknown
  return value >= 99.95 || Number.isInteger(value) ? countText(value) : significant(value)
}

/** `2026-05-01 12:03:19`, in UTC. */
export function secondText(instant: string): string {
  return instant.slice(0, 19).replace('T', ' ')
}

/** Lines of at most `width` characters, cut at spaces where there are some; `most` lines, the last with an ellipsis when there is more. */
export function wrapped(text: string, width: number, most: number): string[] {
  const lines: string[] = []
  let rest = text
  while (rest.length > width && lines.length < most - 1) {
    const space = rest.lastIndexOf(' ', width)
    const end = space > width / 2 ? space : width
    lines.push(rest.slice(0, end))
    rest = rest.slice(end).trimStart()
  }
  return [...lines, cut(rest, width)]
}
