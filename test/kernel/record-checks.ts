/** What the live session holds of its records against the server's log, the driver's own tally and what is known of the processes. */
import type { HttpRecord, MysqlRecord } from '../../src/record.ts'
import type { Tally } from './client.ts'
import type { LoggedCommand } from './general-log.ts'
import { requests } from './http-requests.ts'
import { bigFileBytes, smallFile } from './nginx-server.ts'

/**
 * One end's exchange waits a second for the other's. An emulated processor may stop a process for longer, in the middle of a
 * call: then the end that was through leaves alone, and says so.
 */
export const mostApartOnSlowMachine = 1

export type Check = (name: string, ok: boolean, detail?: unknown) => void

/** The log's name of a record's command, with its argument. */
function logName(record: MysqlRecord): string {
  const text = record.statement ?? ''
  switch (record.command) {
    case 'COM_QUERY':
      return `Query ${text}`
    case 'COM_STMT_PREPARE':
      return `Prepare ${text}`
    case 'COM_STMT_EXECUTE':
      return `Execute`
    case 'COM_STMT_CLOSE':
      return 'Close stmt'
    case 'COM_INIT_DB':
      return `Init DB ${text}`
    case 'COM_CONNECT':
      return 'Connect'
    case 'COM_QUIT':
      return 'Quit'
    default:
      return `${record.command} ${text}`
  }
}

export function checkAgainstLog(check: Check, records: MysqlRecord[], logged: LoggedCommand[]): void {
  const withText = new Set(['Query', 'Prepare', 'Init DB'])
  const expected = logged
    .map(({ command, argument }) => (withText.has(command) ? `${command} ${argument}` : command))
    .sort()
  // MariaDB does not log pings
  const seen = records
    .filter(({ command }) => command !== 'COM_PING')
    .map(logName)
    .toSorted()
  const missing = expected.filter((each) => !seen.includes(each))
  const extra = seen.filter((each) => !expected.includes(each))
  const same = JSON.stringify(expected) === JSON.stringify(seen)
  check(`the general log's ${expected.length} commands are captured, each once`, same && expected.length > 60, {
    missing: missing.map((text) => text.slice(0, 100)),
    extra: extra.map((text) => text.slice(0, 100)),
    counts: [expected.length, seen.length],
  })
}

export function checkAgainstDriver(check: Check, records: MysqlRecord[], tally: Tally): void {
  const answered = records.filter(({ command }) => command === 'COM_QUERY' || command === 'COM_STMT_EXECUTE')
  // the client's first statement came before the capture
  const statements = tally.statements.slice(1)
  check('as many statements as the driver sent', answered.length === statements.length, [
    answered.length,
    statements.length,
  ])
  const wrong: unknown[] = []
  let unknownRows = 0
  for (const statement of statements) {
    const index = answered.findIndex((record) => record.statement === statement.text)
    const [record] = index < 0 ? [] : answered.splice(index, 1)
    const rowsAgree = statement.rows === null || record?.rowsReturned === statement.rows
    const honest = record !== undefined && record.rowsReturned === null && !record.complete
    if (honest) unknownRows++
    const affectedAgree = statement.affected === null || record?.rowsAffected === statement.affected
    const errorAgrees = (record?.errorCode ?? null) === statement.errorCode
    if (record === undefined || !(rowsAgree || honest) || !affectedAgree || !errorAgrees)
      wrong.push({ statement, record })
  }
  check('texts, rows, affected rows and errors are what the driver was told', wrong.length === 0, wrong)
  check('rows are unknown only where the copy budget hides them', unknownRows <= 1, unknownRows)
}

export function checkSleep(check: Check, records: MysqlRecord[], tally: Tally, slowMachine: boolean): void {
  const text = 'SELECT SLEEP(0.3)'
  const slow = records.find(({ statement }) => statement === text)
  // by the server's own reads and writes: an emulated processor may take long to hand the answer over, and to end the sleep
  const seconds = ((slow?.durationNs ?? 0) - (slowMachine ? (slow?.networkNs ?? 0) : 0)) / 1e9
  const toDriver = (tally.statements.find((each) => each.text === text)?.tookMs ?? 0) / 1e3
  const most = slowMachine ? toDriver : 0.4
  const fitting = seconds >= 0.3 && seconds <= most && seconds <= toDriver
  check('SELECT SLEEP(0.3) took 0.3 s and little more, and no longer than to the driver', fitting, [toDriver, slow])
}

export function checkContext(check: Check, records: MysqlRecord[], tally: Tally, slowMachine = false): void {
  const late = records.filter(({ statement }) => statement === 'SELECT DATABASE()')
  const [{ user, database, complete, client: end, serverVersion } = {}] = late
  check(
    'user, schema after USE, version and process are known',
    user === 'tap' && database === 'tap2' && complete === true,
    late,
  )
  check('the client is the process that asked', end?.pid === tally.pid && end.comm === 'node', end)
  check('the server tells its version', serverVersion?.includes('MariaDB') === true, serverVersion)
  const early = records.find(({ statement }) => statement === 'SELECT 2 AS early')
  const honest = early?.user === null && !early.complete && early.rowsReturned === 1 && early.status === 'ok'
  check('a connection older than the capture is joined, and says so', honest, early)
  const both = records.filter(({ observed }) => observed === 'both')
  const apart = records.filter(({ observed }) => observed !== 'both')
  check('both ends are one record', apart.length <= (slowMachine ? mostApartOnSlowMachine : 0), apart.slice(0, 3))
  const network = both.filter(
    ({ networkNs, durationNs }) => durationNs !== null && (networkNs === null || networkNs < 0),
  )
  check("the network's share is known and not negative", network.length === 0, network[0])
}

export function checkHttp(check: Check, records: HttpRecord[], slowMachine = false): void {
  const seen = records.map(({ method, path, query, statusCode, responseBodyBytes, status, complete }) => {
    return { method, path, query, statusCode, responseBodyBytes, status, complete }
  })
  const { length } = smallFile
  const bodies = [length, 0, undefined, undefined, bigFileBytes, length]
  const codes = [200, 200, 404, 405, 200, 200]
  const expected = requests.map(({ method, path }, i) => ({
    method,
    path: path.split('?')[0],
    query: path.split('?')[1] ?? null,
    statusCode: codes[i],
    // the length of an error page is nginx's affair
    responseBodyBytes: bodies[i] ?? seen[i]?.responseBodyBytes,
    status: 'ok',
    complete: true,
  }))
  check(
    'every HTTP request is seen once, in order, with its status and sizes',
    JSON.stringify(seen) === JSON.stringify(expected),
    {
      seen,
      expected,
    },
  )
  const apart = records.filter(({ observed }) => observed !== 'both')
  const network = records.filter(
    ({ observed, networkNs }) => observed === 'both' && (networkNs === null || networkNs < 0),
  )
  const most = slowMachine ? mostApartOnSlowMachine : 0
  const joined = apart.length <= most && network.length === 0
  check('both ends of HTTP are one record, also by sendfile', joined, [...apart, ...network])
}

/** In any order: what waited for a proof leaves at the next look, and a replay looks at other moments. */
export function checkReplayed(check: Check, replayed: readonly unknown[], live: readonly unknown[]): void {
  const there = lines(replayed)
  const here = lines(live)
  const at = here.findIndex((line, index) => line !== there[index])
  check('the recording replays to the same records', at < 0 && here.length === there.length && here.length > 60, {
    counts: [there.length, here.length],
    replayed: there[at],
    live: here[at],
  })
}

function lines(records: readonly unknown[]): string[] {
  return records.map((each) => JSON.stringify(each)).toSorted()
}
