/** How the benchmarks print: a Markdown table that goes into the README. */

/** What a load did. */
export interface Sent {
  exchanges: number
  /** A second. */
  rate: number
}

export type Row = [what: string, figure: string]

export function ratio(a: number, b: number): string {
  return (a / b).toFixed(2)
}

export function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

export function printTable(title: string, rows: Row[]): void {
  process.stdout.write(`\n| ${title} | |\n| --- | --- |\n`)
  for (const [what, figure] of rows) process.stdout.write(`| ${what} | ${figure} |\n`)
}
