/** Records against performance_schema: rows, affected rows, errors, warnings and index flags of each statement. */
import type { MysqlRecord } from '../../src/record.ts'
import { splitStatements } from '../../src/records/split-statements.ts'
import type { Comparison } from './comparison-counts.ts'
import type { StatementEvent } from './statement-events.ts'

/** @param threads those that belong to no connection yet */
export function compareEvents(comparison: Comparison, records: MysqlRecord[], threads: StatementEvent[][]): void {
  const statements = records.filter(({ command }) => command !== 'COM_CONNECT' && command !== 'COM_CHANGE_USER')
  if (statements.length === 0) return
  const index = threads.findIndex((events) => fits(statements, events))
  const events = threads[index]
  if (events === undefined) {
    comparison.differences.push(`no thread of the server has the statements of connection ${records[0]?.connectionId}`)
    return
  }
  threads.splice(index, 1)
  for (const { record, events: own } of paired(statements, events)) compareOutcome(comparison, record, own)
}

function fits(records: MysqlRecord[], events: StatementEvent[]): boolean {
  const pairs = paired(records, events)
  return pairs.every(({ events: own }) => own.length > 0) && pairs.at(-1)?.events.at(-1) === events.at(-1)
}

/** Each record with its events: a COM_QUERY has one for each of its statements. */
function paired(records: MysqlRecord[], all: StatementEvent[]): { record: MysqlRecord; events: StatementEvent[] }[] {
  const events = all.filter(({ name }) => name !== 'statement/com/Change user')
  let at = 0
  return records.map((record) => {
    if (record.command !== 'COM_QUERY') return { record, events: events.slice(at, ++at) }
    const statement = comparable(record.statement ?? '')
    const first = at
    for (let from = 0; at < events.length; at++) {
      const { name, text } = events[at] ?? {}
      if (name?.startsWith('statement/sql/') !== true || text === null || text === undefined) break
      // the statement's own text, or all that is left of the command's; cut at 4,096 bytes
      const start = statement.indexOf(asEventText(text), from)
      if (start < 0 || !/(^|;)\s*$/.test(statement.slice(0, start))) break
      from = start + 1
    }
    return { record, events: events.slice(first, at) }
  })
}

/** Comparable parts: servers cut at 4,096 bytes, or with three dots where it is no UTF-8, and MariaDB writes question marks for four bytes. */
function asEventText(text: string): string {
  return comparable(text.replace(/\.\.\.$/, '')).slice(0, 1000)
}

function comparable(text: string): string {
  return text.replace(/[\u0080-\u{10ffff}?]/gu, '')
}

function compareOutcome(comparison: Comparison, record: MysqlRecord, events: StatementEvent[]): void {
  const last = events.at(-1)
  if (last === undefined) return
  const { differences } = comparison
  const name = `${record.connectionId} ${record.command} ${record.statement?.slice(0, 80)}`
  const isCall = /^\s*call/i.test(record.statement ?? '')
  // MariaDB's performance_schema counts no rows of a bulk, and MySQL's no UPDATE or DELETE without an index
  const isBulk = record.command === 'COM_STMT_BULK_EXECUTE'
  const isChange = /^\s*(update|delete)|;\s*(update|delete)/i.test(record.statement ?? '')
  const isError = record.status === 'error'
  const sent = events.reduce((sum, each) => sum + each.sent, 0)
  const changed = events.reduce((sum, { affected }) => sum + affected, 0)
  const known = record.warnings !== null && record.command !== 'COM_STMT_PREPARE' && !isCall
  comparison.events++
  /** @param expected undefined: the server does not tell */
  const check = (
    key: 'rows' | 'affected' | 'errors' | 'warnings' | 'indexFlags',
    found: number | string | null,
    expected: number | string | undefined,
  ) => {
    if (expected === undefined) return
    if (found === expected) comparison[key]++
    else if (found === null && !record.complete) comparison.unknown++
    else differences.push(`${key}: ${found} where the server has ${expected}: ${name}`)
  }
  check('rows', record.rowsReturned, isCall || isError || record.command === 'COM_FIELD_LIST' ? undefined : sent)
  check('affected', record.rowsAffected, isCall || isBulk || isError ? undefined : changed)
  check('errors', record.status === null ? null : (record.errorCode ?? 0), last.errno ?? 0)
  check('warnings', record.warnings, known ? last.warnings : undefined)
  const flags = [record.noIndexUsed, record.noGoodIndexUsed].join()
  const isUntold = record.noIndexUsed === null || isCall || isChange
  check('indexFlags', flags, isUntold ? undefined : [last.noIndex > 0, last.noGoodIndex > 0].join())
  if (events.length > 1 && !isCall) compareResults(comparison, record, events)
}

/** Of several statements in one command each has a result of its own. */
function compareResults({ differences }: Comparison, record: MysqlRecord, events: StatementEvent[]): void {
  const found = record.results?.map((each) => [
    each.statement,
    each.rowsReturned,
    each.rowsAffected,
    each.kind === 'error',
  ])
  const statements = splitStatements(record.statement ?? '')
  const expected = events.map(({ sent, affected, errno }, index) => [statements[index], sent, affected, errno !== 0])
  if (JSON.stringify(found) === JSON.stringify(expected)) return
  differences.push(`results: ${JSON.stringify(found)} where the server has ${JSON.stringify(expected)}`)
}
