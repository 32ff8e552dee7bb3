/** What no record of the live session may be, whatever a probe missed: of something that nobody sent, or with another's values. */
import type { HttpRecord, MysqlRecord, QuerytapRecord } from '../../src/record.ts'
import type { Tally } from './client.ts'
import type { LoggedCommand } from './general-log.ts'
import { requests } from './http-requests.ts'
import type { Check } from './record-checks.ts'

export function checkNothingWrong(
  check: Check,
  records: readonly QuerytapRecord[],
  logged: readonly LoggedCommand[],
  tally: Tally,
): void {
  const log = new Set(logged.map(({ argument }) => argument))
  const wrong = records.filter(
    (record) =>
      !hasPossibleTimes(record) ||
      (record.protocol === 'http'
        ? !isRequest(record)
        : !isLogged(record, log) || !isAsTold(record, tally) || !isOfClient(record, tally)),
  )
  check('no record is of what nobody sent, or says what nobody was told', wrong.length === 0, wrong.slice(0, 4))
  const twice = moreThanSent(records, logged)
  check('no statement is told of more often than it was sent', twice.length === 0, twice)
}

function hasPossibleTimes({ durationNs, firstByteNs, networkNs }: QuerytapRecord): boolean {
  const duration = durationNs ?? Infinity
  return duration >= 0 && (firstByteNs ?? 0) <= duration && (networkNs ?? 0) >= 0 && (networkNs ?? 0) <= duration
}

function isRequest({ method, path, complete }: HttpRecord): boolean {
  return !complete || requests.some((each) => each.method === method && each.path.split('?')[0] === path)
}

const withText: ReadonlySet<string | null> = new Set(['COM_QUERY', 'COM_STMT_PREPARE', 'COM_INIT_DB'])

/** The text of a record that something touched may be a part. */
function isLogged({ command, statement, complete }: MysqlRecord, log: ReadonlySet<string>): boolean {
  return !complete || !withText.has(command) || log.has(statement ?? '')
}

/** By whichever statement of the same text. */
function isAsTold({ command, statement, rowsReturned, rowsAffected, errorCode, complete }: MysqlRecord, tally: Tally) {
  if (command !== 'COM_QUERY' && command !== 'COM_STMT_EXECUTE') return true
  const told = tally.statements.filter(({ text }) => text === statement)
  if (told.length === 0) return !complete
  return told.some(
    ({ rows, affected, errorCode: code }) =>
      (rows === null || rowsReturned === null || rowsReturned === rows) &&
      (affected === null || rowsAffected === null || rowsAffected === affected) &&
      (errorCode === null || errorCode === code),
  )
}

function isOfClient({ client, user }: MysqlRecord, { pid }: Tally): boolean {
  return (client.pid === null || client.pid === pid) && (user === null || user === 'tap')
}

function moreThanSent(records: readonly QuerytapRecord[], logged: readonly LoggedCommand[]): string[] {
  const texts = records.flatMap((record) =>
    record.protocol === 'mysql' && record.command === 'COM_QUERY' && record.complete ? [record.statement ?? ''] : [],
  )
  const sent = (text: string) =>
    logged.filter(({ command, argument }) => command === 'Query' && argument === text).length
  return [...new Set(texts)].filter((text) => texts.filter((each) => each === text).length > sent(text))
}
