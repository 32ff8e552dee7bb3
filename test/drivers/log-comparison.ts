/** Records against the general log: each command that the server logs, once, in order, with its exact text and parameters. */
import type { MysqlRecord } from '../../src/record.ts'
import type { Comparison } from './comparison-counts.ts'
import { isFilled } from './logged-values.ts'
import type { LoggedCommand } from './server-log.ts'

const logNames: Readonly<Record<string, string>> = {
  COM_CONNECT: 'Connect',
  COM_QUERY: 'Query',
  COM_INIT_DB: 'Init DB',
  COM_STMT_PREPARE: 'Prepare',
  COM_STMT_EXECUTE: 'Execute',
  COM_STMT_BULK_EXECUTE: 'Execute',
  COM_STMT_CLOSE: 'Close stmt',
  COM_STMT_RESET: 'Reset stmt',
  COM_STMT_SEND_LONG_DATA: 'Long Data',
  COM_QUIT: 'Quit',
  COM_STATISTICS: 'Statistics',
  COM_FIELD_LIST: 'Field List',
  COM_CHANGE_USER: 'Change user',
  COM_DEBUG: 'Debug',
}

/** ER_UNKNOWN_STMT_HANDLER. */
const unknownStatement = 1243

/** The log has none of them. */
const unlogged = new Set(['COM_PING', 'COM_STMT_FETCH', 'COM_SET_OPTION', 'COM_RESET_CONNECTION'])

export function compareLog(comparison: Comparison, records: MysqlRecord[], logged: LoggedCommand[]): void {
  const { differences } = comparison
  const left = records.filter(({ command }) => !unlogged.has(command))
  let at = 0
  let sets = 0
  for (const [index, entry] of logged.entries()) {
    const { connection, command, argument } = entry
    while (at < left.length && isNotLogged(left[at], entry)) at++
    const record = left[at]
    // of a bulk execution some statements are logged once, others once for each set
    const isOfBulk = command === 'Execute' && sets > 0 && isFilledAnyhow(left[at - 1], argument)
    if (isOfBulk) sets--
    if (isOfBulk || isServersOwn(logged, index, record)) continue
    comparison.logged++
    const label = `${connection} ${command} ${argument.slice(0, 100)}`
    if (record === undefined || logNames[record.command] !== command) {
      differences.push(`logged and not captured: ${label}; there is ${describe(record)}`)
      continue
    }
    at++
    sets = record.command === 'COM_STMT_BULK_EXECUTE' ? (record.parameterSets ?? 0) - 1 : 0
    if (isExact(record, entry)) comparison.exact++
    else if (!record.complete && record.statementBytes !== null) comparison.unknown++
    else differences.push(`text differs: ${label}; there is ${describe(record)} ${JSON.stringify(record.parameters)}`)
  }
  for (const record of left.slice(at).filter((each) => !isNotLogged(each, undefined))) {
    differences.push(`captured and not logged: ${describe(record)}`)
  }
}

function describe(record: MysqlRecord | undefined): string {
  if (record === undefined) return 'nothing'
  const { connectionId, command, status, errorCode, statement, incompleteBecause } = record
  return `${connectionId} ${command} ${status} ${errorCode} ${statement?.slice(0, 100)} ${incompleteBecause ?? ''}`
}

/** Servers log neither a preparation that fails, nor what names a statement that they do not have. */
function isNotLogged(record: MysqlRecord | undefined, entry: LoggedCommand | undefined): boolean {
  if (record === undefined) return false
  const isLogged = entry !== undefined && entry.command === logNames[record.command] && isExact(record, entry)
  if (isLogged) return false
  if (record.command === 'COM_STMT_CLOSE') return true
  if (record.command === 'COM_STMT_PREPARE') return record.status === 'error'
  return record.errorCode === unknownStatement
}

/** A server prepares anew by itself where types changed, and logs a refused login a second time, with the reason. */
function isServersOwn(logged: LoggedCommand[], index: number, record: MysqlRecord | undefined): boolean {
  const command = logged[index]?.command
  if (command === 'Prepare') return record?.command === 'COM_STMT_EXECUTE' && logged[index + 1]?.command === 'Execute'
  return command === 'Connect' && index > 0 && record?.command !== 'COM_CONNECT'
}

/** As the server logs it: less what it takes off both ends. What is no UTF-8 is compared as the record shows it. */
function isText({ statement }: MysqlRecord, argument: string): boolean {
  const text = statement ?? ''
  const logged = Buffer.from(argument, 'latin1').toString('utf8')
  return logged === text || logged === text.replace(/^\s+|[\s;]+$/g, '')
}

function isExact(record: MysqlRecord, { command, argument }: LoggedCommand): boolean {
  switch (command) {
    case 'Query':
    case 'Prepare':
    case 'Init DB':
      return isText(record, argument)
    case 'Execute':
      if (record.command === 'COM_STMT_BULK_EXECUTE' && isText(record, argument)) return true
      return isFilled(record.statement ?? '', record.parameters ?? [], argument)
    case 'Connect':
    case 'Change user':
      return argument.startsWith(`${record.user}@`) || argument.includes(`'${record.user}'@`)
    default:
      return true
  }
}

/** Whether this is the statement with any values. */
function isFilledAnyhow(record: MysqlRecord | undefined, argument: string): boolean {
  const parts = Buffer.from(record?.statement ?? '?', 'utf8')
    .toString('latin1')
    .split('?')
  return argument.startsWith(parts[0] ?? '') && argument.endsWith(parts.at(-1) ?? '')
}
