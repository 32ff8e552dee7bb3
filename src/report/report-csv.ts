/** The profile as CSV (RFC 4180): a line for each ranked digest, numbers as they are, durations in milliseconds. */
import type { ProfileRow, Report } from './report.ts'

type Cell = string | number | null

const columns: readonly [name: string, of: (row: ProfileRow) => Cell][] = [
  ['rank', ({ rank }) => rank],
  ['digest', ({ digest }) => digest],
  ['share', ({ share }) => share],
  ['calls', ({ calls }) => calls],
  ['callsPerSecond', ({ callsPerSecond }) => callsPerSecond],
  ['totalMs', ({ totalNs }) => ms(totalNs)],
  ['minMs', ({ minNs }) => ms(minNs)],
  ['avgMs', ({ avgNs }) => ms(avgNs)],
  ['p50Ms', ({ p50Ns }) => ms(p50Ns)],
  ['p95Ms', ({ p95Ns }) => ms(p95Ns)],
  ['p99Ms', ({ p99Ns }) => ms(p99Ns)],
  ['maxMs', ({ maxNs }) => ms(maxNs)],
  ['deviationMs', ({ deviationNs }) => ms(deviationNs)],
  ['varianceToMean', ({ varianceToMean }) => varianceToMean],
  ['rowsReturned', ({ rowsReturned }) => rowsReturned],
  ['rowsAffected', ({ rowsAffected }) => rowsAffected],
  ['errors', ({ errors }) => errors],
  ['unfinished', ({ unfinished }) => unfinished],
  ['incomplete', ({ incomplete }) => incomplete],
  ['noIndexUsed', ({ noIndexUsed }) => noIndexUsed],
  ['requestBytes', ({ requestBytes }) => requestBytes],
  ['responseBytes', ({ responseBytes }) => responseBytes],
  ['firstSeenAt', ({ firstSeenAt }) => firstSeenAt],
  ['lastSeenAt', ({ lastSeenAt }) => lastSeenAt],
  ['summary', ({ summary }) => text(summary)],
  ['digestText', ({ digestText }) => text(digestText)],
]

export function reportCsv({ profile }: Report): string {
  const lines = [columns.map(([name]) => name), ...profile.map((row) => columns.map(([, of]) => of(row)))]
  return lines.map((cells) => `${cells.map(cellText).join(',')}\r\n`).join('')
}

function ms(ns: number | null): number | null {
  return ns === null ? null : ns / 1e6
}

/** What a spreadsheet would run as a formula begins with an apostrophe: the text is anybody's. */
function text(value: string): string {
  return /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
}

function cellText(cell: Cell): string {
  if (cell === null) return ''
  const value = String(cell)
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}
