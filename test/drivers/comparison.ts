/**
 * A driver's session against its truth: the server's general log for what was sent, performance_schema for what came of
 * it, and what the driver told its script.
 */
import type { MysqlRecord } from '../../src/record.ts'
import type { Comparison } from './comparison-counts.ts'
import { compareEvents } from './event-comparison.ts'
import { compareLog } from './log-comparison.ts'
import type { LoggedCommand } from './server-log.ts'
import type { StatementEvent } from './statement-events.ts'
import type { Told } from './tally.ts'

export interface Truth {
  log: LoggedCommand[]
  /** Of each thread. */
  events: StatementEvent[][]
  tally: Told[]
}

export function compare(records: readonly MysqlRecord[], truth: Truth): Comparison {
  const comparison: Comparison = {
    logged: 0,
    captured: records.length,
    exact: 0,
    events: 0,
    rows: 0,
    affected: 0,
    errors: 0,
    warnings: 0,
    indexFlags: 0,
    told: 0,
    toldEqual: 0,
    unknown: 0,
    differences: [],
  }
  const connections = new Map<number, MysqlRecord[]>()
  for (const record of records.toSorted((a, b) => (a.startedAt < b.startedAt ? -1 : 1))) {
    const id = record.connectionId ?? -1
    const connection = connections.get(id)
    if (connection === undefined) connections.set(id, [record])
    else connection.push(record)
  }
  const threads = [...truth.events]
  for (const [id, ofConnection] of connections) {
    if (isUnread(ofConnection.at(-1))) ofConnection.pop()
    compareLog(
      comparison,
      ofConnection,
      truth.log.filter(({ connection }) => connection === id),
    )
    compareEvents(comparison, ofConnection, threads)
  }
  for (const { connection, command, argument } of truth.log) {
    if (!connections.has(connection))
      comparison.differences.push(`not captured: ${connection} ${command} ${argument.slice(0, 80)}`)
  }
  compareTally(comparison, records, truth.tally)
  return comparison
}

/** Sent to a server that had closed the connection: it read nothing any more. */
function isUnread(last: MysqlRecord | undefined): boolean {
  return last?.status === 'unfinished' && last.observed === 'client'
}

function compareTally(comparison: Comparison, records: readonly MysqlRecord[], tally: Told[]): void {
  const answered = records.filter(({ command }) => /^COM_(QUERY|STMT_(BULK_)?EXECUTE|STMT_PREPARE)$/.test(command))
  for (const told of tally) {
    comparison.told++
    const index = answered.findIndex((record) => isOf(record, told) && agrees(record, told))
    if (index >= 0) {
      answered.splice(index, 1)
      comparison.toldEqual++
      continue
    }
    const other = answered.find((record) => isOf(record, told))
    comparison.differences.push(
      `the driver was told ${JSON.stringify(told).slice(0, 200)}; there is ${other?.rowsReturned} rows, ${other?.rowsAffected} affected, error ${other?.errorCode}`,
    )
  }
}

function isOf({ statement, statementBytes }: MysqlRecord, { text }: Told): boolean {
  return statementBytes === null
    ? statement === text
    : text.startsWith(statement ?? '') && Buffer.byteLength(text) === statementBytes
}

function agrees(record: MysqlRecord, { rows, affected, error }: Told): boolean {
  if (error !== undefined) return record.errorCode === error
  if (record.command === 'COM_STMT_PREPARE' || record.status !== 'ok') return false
  if (rows !== undefined) return record.rowsReturned === rows || (record.rowsReturned === null && !record.complete)
  return affected === undefined || record.rowsAffected === affected
}
