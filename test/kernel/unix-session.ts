/**
 * Unix-domain sockets, as a program: MariaDB and an HTTP server at their sockets, a driver, the command line, a connection
 * older than the capture, connections that come and go. The server's general log is the truth. Arguments: the attach modes, a
 * capture of each, one after the other; `records` among them leaves out a second capture and what looks at the store by further
 * commands, which a slow machine has no time for, and has fewer connections.
 */
import { spawn, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import mysql from 'mysql2/promise'
import type { Opened } from '../../src/capture/source.ts'
import type { MysqlRecord, QuerytapRecord } from '../../src/record.ts'
import { type Application, applicationOf, client } from './application.ts'
import { readRecords, startCapture } from './capture-process.ts'
import { readGeneralLog } from './general-log.ts'
import { querytap } from './live-commands.ts'
import { type MariadbServer, startMariadb } from './mariadb-server.ts'
import { missedRuns } from './missed-runs.ts'
import {
  type Check,
  checkAgainstDriver,
  checkAgainstLog,
  checkContext,
  checkReplayed,
  mostApartOnSlowMachine,
} from './record-checks.ts'
import {
  check as checkOfSession,
  cleanups,
  modes,
  runSession,
  sessionDirectory,
  withCommands,
} from './session-program.ts'
import { tellRecording } from './tell-recording.ts'
import { checkNothingWrong } from './wrong-records.ts'

const directory = sessionDirectory('unix')
const httpSocket = join(directory, 'http')
const comings = withCommands ? 60 : 12
const closeLimitMs = 60_000

let mode = ''

const check: Check = (name, ok, detail) => checkOfSession(mode === '' ? name : `${mode}: ${name}`, ok, detail)

async function serveHttp(): Promise<void> {
  const server = createServer((_request, response) => response.end('from a socket'))
  await new Promise<void>((resolve) => server.listen(httpSocket, resolve))
  cleanups.push(() => void server.close())
}

async function askHttp(path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const sent = request({ socketPath: httpSocket, path, agent: false }, (response) => {
      response.resume()
      response.once('close', resolve)
    })
    sent.once('error', reject)
    sent.end()
  })
}

/** By the driver, by the command line, and each time by another connection. */
async function work({ socket, port, user, password }: MariadbServer, application: Application) {
  const tally = await application.work()
  const login = [`-S${socket}`, `-u${user}`, `-p${password}`]
  const line = spawnSync('mariadb', ['--no-defaults', ...login, '-e', "SELECT 'by the command line'"])
  if (line.status !== 0) throw new Error(`mariadb: ${line.stderr.toString()}`)
  for (let i = 0; i < comings; i++) {
    const connection = await mysql.createConnection({ socketPath: socket, user, password })
    await connection.query(`SELECT ${i} AS coming`)
    await connection.end()
  }
  const elsewhere = await mysql.createConnection({ host: '127.0.0.1', port, user, password })
  await elsewhere.query("SELECT 'by port'")
  await elsewhere.end()
  for (const path of ['/one', '/two']) await askHttp(path)
  return tally
}

function startApplication({ socket, user, password }: MariadbServer): Application {
  const child = spawn(process.execPath, [client, socket, user, password], { stdio: 'pipe' })
  cleanups.push(() => void child.kill())
  return applicationOf(child)
}

/** What this process has open, as `socket:[INODE]`: drivers close a moment after they say so. */
function ownSockets(): Set<string> {
  const files = readdirSync('/proc/self/fd').map((each) => {
    try {
      return readlinkSync(`/proc/self/fd/${each}`)
    } catch {
      return '' // that of the listing itself
    }
  })
  return new Set(files)
}

/** Until nothing but whoever listens has a socket of this path. */
async function connectionsOver(path: string): Promise<void> {
  const open = () =>
    readFileSync('/proc/net/unix', 'utf8')
      .split('\n')
      .filter((line) => line.endsWith(` ${path}`))
  for (const since = Date.now(); open().length > 1; await sleep(50)) {
    if (Date.now() - since > closeLimitMs) throw new Error(`connections to ${path} do not end: ${open().join('\n')}`)
  }
}

async function session(server: MariadbServer, application: Application): Promise<void> {
  const store = join(directory, `${mode}.db`)
  const recording = join(directory, `${mode}.qtap`)
  await application.connected()
  const before = readGeneralLog(server.generalLog()).length
  const sockets = [server.socket, httpSocket].flatMap((path) => ['--socket', path])
  const files = ['--store', store, '--record', recording]
  const capture = await startCapture(['--attach', mode, '--slow', '0', ...sockets, ...files])
  const others = ['--socket', httpSocket, '--exclude-socket', httpSocket, '--store', join(directory, 'port.db')]
  const byPort = withCommands
    ? await startCapture(['--attach', mode, '--slow', '0', '--port', String(server.port), ...others])
    : null
  const tally = await work(server, application)
  await connectionsOver(server.socket)
  await connectionsOver(httpSocket)
  const stillOpen = ownSockets()
  const { exitCode, records: all, stderr } = await capture.stop()
  const besides = await byPort?.stop()

  check('capture exits with 0', exitCode === 0, stderr)
  const { unlessMissed } = missedRuns(check, `${mode}, unix`, stderr)
  const records = all.filter((record) => record.protocol === 'mysql')
  const ofSession = readGeneralLog(server.generalLog()).slice(before)
  const tcp = ofSession.find(({ argument }) => argument.includes("'by port'"))?.connection
  const logged = ofSession.filter(({ connection }) => connection !== tcp)
  const ofApplication = records.filter(({ client: { pid } }) => pid === tally.pid)
  checkNothingWrong(check, ofApplication, logged, tally)
  checkEnds(records, server)
  checkAgainstLog(unlessMissed, records, logged)
  const notOfApplication = /^SELECT (\d+ AS coming|'by the command line'|@@)/i
  const applications = records.filter(({ statement }) => !notOfApplication.test(statement ?? ''))
  checkAgainstDriver(unlessMissed, applications, tally)
  checkContext(unlessMissed, ofApplication, tally, !withCommands)
  checkTogether(unlessMissed, records)
  checkComings(unlessMissed, records)
  checkHttp(unlessMissed, all)
  if (besides !== undefined) {
    checkByPort(besides.records)
    checkCommands(server, store, recording, all)
  }
  await checkCloses(unlessMissed, recording, stillOpen)
}

function checkByPort(records: QuerytapRecord[]): void {
  const statements = records.map((record) => (record.protocol === 'mysql' ? record.statement : record.path))
  const tcpOnly = statements.filter((each) => each !== null).join() === "SELECT 'by port'"
  check('with --port nothing is seen of sockets, nor of one that is left out', tcpOnly, statements)
}

function checkEnds(records: MysqlRecord[], server: MariadbServer): void {
  const odd = records.find(
    ({ client, server: { address, port, pid, comm } }) =>
      client.address !== null ||
      client.port !== null ||
      client.pid === null ||
      client.comm === null ||
      address !== server.socket ||
      port !== null ||
      pid !== server.pid ||
      comm !== 'mariadbd',
  )
  check('the server is its socket and its process, the client its process', odd === undefined, odd)
}

function checkTogether(check: Check, records: MysqlRecord[]): void {
  const apart = records.filter(({ observed }) => observed !== 'both')
  const most = withCommands ? 0 : mostApartOnSlowMachine
  check('both ends are one record on each of the connections', apart.length <= most, apart)
}

function checkComings(check: Check, records: MysqlRecord[]): void {
  const seen = records.filter(({ statement }) => statement?.endsWith(' AS coming') === true)
  const whole = seen.every(({ complete, user, connectionId }) => complete && user === 'tap' && connectionId !== null)
  const lives = new Set(seen.map(({ connectionId }) => connectionId)).size
  check('no life of a socket is taken for another', seen.length === comings && whole && lives === comings, [
    seen.length,
    lives,
    seen.find(({ complete }) => !complete),
  ])
}

function checkHttp(check: Check, records: QuerytapRecord[]): void {
  const seen = records.flatMap((each) => (each.protocol === 'http' ? [each] : []))
  const told = seen.map(({ path, statusCode, responseBodyBytes, observed, complete, server }) => {
    return [path, statusCode, responseBodyBytes, observed, complete, server.address]
  })
  const expected = ['/one', '/two'].map((path) => [path, 200, 'from a socket'.length, 'both', true, httpSocket])
  check('HTTP over a socket is seen', JSON.stringify(told) === JSON.stringify(expected), told)
}

function checkCommands(server: MariadbServer, store: string, recording: string, live: QuerytapRecord[]): void {
  const replayed = readRecords(querytap(['replay', recording, '--slow', '0', '--json', '--keep-literals']))
  checkReplayed(check, replayed, live)
  const sql = `SELECT DISTINCT client || ' > ' || server FROM clients WHERE protocol = 'mysql' ORDER BY 1`
  const clients = querytap(['sql', sql, '--store', store, '--format', 'csv'])
  check('the store names both ends', clients.includes(`node > ${server.socket}`), clients)
  const of = (path: string) =>
    querytap(['queries', '--store', store, '--server', path, '--json', '--limit', '1000']).split('\n').length
  check('queries --server takes a path', of(server.socket) > comings && of('/nowhere') === 1, of(server.socket))
}

/** In tracepoint mode nothing but a look at all sockets tells that one closed. */
async function checkCloses(check: Check, recording: string, stillOpen: ReadonlySet<string>): Promise<void> {
  const open = new Map<number, Opened>()
  let opened = 0
  await tellRecording(recording, {
    opened: (each) => {
      opened++
      open.set(each.connection, each)
    },
    moved() {},
    closed: (connection) => void open.delete(connection),
    tick() {},
  })
  const untold = [...open.values()].filter(({ unix }) => !stillOpen.has(`socket:[${unix?.inode ?? 0}]`))
  check('the end of every connection is told', untold.length === 0 && opened > 2 * comings, [opened, ...untold])
}

await runSession(async () => {
  const server = await startMariadb()
  cleanups.push(() => server.stop())
  await serveHttp()
  const application = startApplication(server)
  for (const each of modes) {
    if (mode !== '') application.again()
    mode = each
    await session(server, application)
  }
})
