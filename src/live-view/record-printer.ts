/** Prints records as they come: lines for people, or JSON lines. */
import type { QuerytapRecord } from '../record.ts'
import { recordLine } from '../records/record-of.ts'
import { slowLine } from './slow-line.ts'

/** Columns where the output is no terminal. */
const pipeColumns = 200

export function recordPrinter(json: boolean): (record: QuerytapRecord) => void {
  if (json) return (record) => void process.stdout.write(recordLine(record))
  const width = process.stdout.columns ?? pipeColumns
  return (record) => void process.stdout.write(`${slowLine(record, width)}\n`)
}
