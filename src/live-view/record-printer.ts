/** Prints records as they come: lines for people, or JSON lines. */
import type { QuerytapRecord } from '../record.ts'
import { recordLine } from '../records/record-of.ts'
import type { OnRunning } from '../running.ts'
import { runningLine, slowLine } from './slow-line.ts'

/** Columns where the output is no terminal. */
const pipeColumns = 200

/** @returns takes a record, and of an unfinished one how long it had run when the capture stopped, else null */
export function recordPrinter(json: boolean): (record: QuerytapRecord, ageNs: number | null) => void {
  if (json) return (record) => void process.stdout.write(recordLine(record))
  return (record, ageNs) => void process.stdout.write(`${slowLine(record, columns(), ageNs)}\n`)
}

/** Of JSON lines each is a record, and what still runs is none yet. */
export function runningPrinter(json: boolean): OnRunning | undefined {
  if (json) return undefined
  return (record, ageNs) => void process.stdout.write(`${runningLine(record, columns(), ageNs)}\n`)
}

function columns(): number {
  return process.stdout.columns ?? pipeColumns
}
