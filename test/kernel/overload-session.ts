/**
 * A reader that stops for a while: real statements overflow a small ring, and what is captured must be right all the same,
 * what is not must be counted, and what comes later must all be there. Argument: the attach mode.
 */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import mysql from 'mysql2/promise'
import type { MysqlRecord } from '../../src/record.ts'
import { type CaptureProcess, startCapture } from './capture-process.ts'
import { readGeneralLog } from './general-log.ts'
import { type MariadbServer, startMariadb } from './mariadb-server.ts'
import { check, cleanups, runSession, sessionDirectory } from './session-program.ts'

const [mode = 'auto'] = process.argv.slice(2)
const connectionCount = 4
const statementsWhileStopped = 250
const limitMs = 60_000
const directory = sessionDirectory('overload')

/** What the driver was told of a statement, whose text is like no other's. */
interface Told {
  text: string
  rows: number
  tookNs: bigint
}

class Application {
  readonly told = new Map<string, Told>()
  readonly #server: MariadbServer
  #next = 0

  constructor(server: MariadbServer) {
    this.#server = server
  }

  async connect(): Promise<mysql.Connection> {
    const { port, user, password } = this.#server
    return await mysql.createConnection({ host: '127.0.0.1', port, user, password, database: 'tap' })
  }

  /** @returns the statement's text */
  async ask(connection: mysql.Connection): Promise<string> {
    const number = this.#next++
    const text = `SELECT seq, 'statement ${number}' AS name FROM seq_1_to_${(number % 17) + 1}`
    const began = process.hrtime.bigint()
    const [rows] = await connection.query<mysql.RowDataPacket[]>(text)
    this.told.set(text, { text, rows: rows.length, tookNs: process.hrtime.bigint() - began })
    return text
  }
}

const statementsOf = (capture: CaptureProcess): MysqlRecord[] =>
  capture.records().filter((each): each is MysqlRecord => each.protocol === 'mysql' && each.command === 'COM_QUERY')

/** Waits until the capture has told of one of them, or of all. */
async function seen(capture: CaptureProcess, texts: string[], all = true): Promise<boolean> {
  for (const since = Date.now(); Date.now() - since < limitMs; await sleep(50)) {
    const found = new Set(statementsOf(capture).map(({ statement }) => statement))
    const there = texts.filter((text) => found.has(text))
    if (all ? there.length === texts.length : there.length > 0) return true
  }
  return false
}

/** One statement on each, a few at a time, each told before the next: never more than the small ring holds. */
async function askCalmly(application: Application, capture: CaptureProcess, connections: mysql.Connection[]) {
  const asked: string[] = []
  for (let i = 0; i < connections.length; i += 4) {
    const texts: string[] = []
    for (const connection of connections.slice(i, i + 4)) texts.push(await application.ask(connection))
    if (!(await seen(capture, texts))) return { asked, missing: texts }
    asked.push(...texts)
  }
  return { asked, missing: [] }
}

/** Asks until the capture tells of it: by then it has read the ring. */
async function recovered(application: Application, capture: CaptureProcess, connection: mysql.Connection) {
  for (const since = Date.now(); Date.now() - since < limitMs;) {
    const text = await application.ask(connection)
    for (let i = 0; i < 20; i++) {
      if (statementsOf(capture).some(({ statement }) => statement === text)) return true
      await sleep(50)
    }
  }
  return false
}

/** The reader stands still while all connections ask as fast as they can. */
async function overload(application: Application, capture: CaptureProcess, connections: mysql.Connection[]) {
  process.kill(capture.pid, 'SIGSTOP')
  await Promise.all(
    connections.map(async (connection) => {
      for (let i = 0; i < statementsWhileStopped; i++) await application.ask(connection)
    }),
  )
}

/** What is wrong with a record; undefined: nothing. */
function fault(record: MysqlRecord, told: Told | undefined): string | undefined {
  if (told === undefined) return 'nobody sent this'
  if (record.rowsReturned !== null && record.rowsReturned !== told.rows) return `rows ${record.rowsReturned}`
  if (record.complete && (record.rowsReturned === null || record.status !== 'ok')) return 'complete without its result'
  if (record.durationNs !== null && BigInt(record.durationNs) > told.tookNs) return `took ${told.tookNs} at the driver`
  return undefined
}

function lostOf(stderr: string, what: string): number {
  return Number(new RegExp(`(\\d+) ${what}`).exec(stderr)?.[1] ?? 0)
}

async function session(server: MariadbServer): Promise<void> {
  const application = new Application(server)
  const options = ['--attach', mode, '--slow', '0', '--ring', '64k', '--port', String(server.port)]
  const capture = await startCapture([...options, '--store', join(directory, 'overload.db')])
  const connections: mysql.Connection[] = []
  for (let i = 0; i < connectionCount; i++) {
    const connection = await application.connect()
    connections.push(connection)
    if (!(await recovered(application, capture, connection))) throw new Error('a new connection is not captured')
  }

  await overload(application, capture, connections)
  process.kill(capture.pid, 'SIGCONT')
  const [first] = connections
  if (first === undefined) throw new Error('no connection')
  check('after an overload statements are captured again', await recovered(application, capture, first))
  const calm = await askCalmly(application, capture, connections)
  check('every later statement of every connection is captured', calm.missing.length === 0, calm.missing)

  await overload(application, capture, connections)
  for (const connection of connections.splice(2)) await connection.end()
  const young = await Promise.all([0, 1, 2, 3].map(async () => await application.connect()))
  process.kill(capture.pid, 'SIGCONT')
  check('and after a second one', await recovered(application, capture, first))
  // met in mid-life, a connection is known by some exchange of its own
  const known: boolean[] = []
  for (const connection of young) known.push(await recovered(application, capture, connection))
  check('connections that came while the ring was full are captured', !known.includes(false), known)
  const again = await askCalmly(application, capture, [...connections, ...young])
  check('every statement after that is captured', again.missing.length === 0, again.missing)
  for (const connection of [...connections, ...young]) await connection.end()
  const { exitCode, stderr } = await capture.stop()
  check('capture exits with 0', exitCode === 0, stderr)
  judge(application, server, statementsOf(capture), [...calm.asked, ...again.asked], stderr)
}

function judge(
  application: Application,
  server: MariadbServer,
  records: MysqlRecord[],
  later: string[],
  stderr: string,
) {
  const { told } = application
  const logged = readGeneralLog(server.generalLog()).filter(({ argument }) => told.has(argument))
  check('the server logged what the driver sent, once each', logged.length === told.size, [logged.length, told.size])
  const faults = records.map((record) => [fault(record, told.get(record.statement ?? '')), record] as const)
  const wrong = faults.filter(([each]) => each !== undefined)
  check('no record tells what was not', wrong.length === 0, wrong.slice(0, 3))
  const texts = records.map(({ statement }) => statement)
  check('no statement is told twice', new Set(texts).size === texts.length, texts.length)
  const byText = new Map(records.map((record) => [record.statement, record]))
  const vague = later.filter((text) => byText.get(text)?.rowsReturned !== told.get(text)?.rows)
  check('later ones have their rows', vague.length === 0, vague.slice(0, 3))

  const givenUp = lostOf(stderr, 'exchanges given up')
  const whole = records.filter(({ incompleteBecause }) => !/gap in the/.test(incompleteBecause ?? ''))
  const share = whole.length / records.length
  check('the ring did overflow', records.length < told.size && givenUp > 0, [records.length, told.size, stderr])
  check('nearly all records are of whole exchanges', share > 0.95, [whole.length, records.length])
  const ends = (of: MysqlRecord[]) => of.reduce((sum, { observed }) => sum + (observed === 'both' ? 2 : 1), 0)
  const sent = 2 * told.size
  // logins and QUITs are given up too, and what was given up midway is counted and told
  const most = ends(whole) + givenUp
  const detail = { sent, told: ends(records), whole: ends(whole), givenUp, stderr }

  check('what is not told is counted, end by end', ends(records) + givenUp >= sent && most <= sent + 80, detail)
}

await runSession(async () => {
  const server = await startMariadb()
  cleanups.push(() => server.stop())
  await session(server)
})
