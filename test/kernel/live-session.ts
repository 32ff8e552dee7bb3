/**
 * The live test, as a program, so that the same runs here and in a virtual machine: a real server, a real client and a
 * real capture; the server's general log is the truth. Prints one JSON check a line and exits 0 when all hold.
 * Arguments: the attach mode.
 */
import { spawnSync, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { MysqlRecord } from '../../src/record.ts'
import { cgroupMount, startInPodCgroup, type PodCgroup } from '../kubernetes/cgroup.ts'
import { main, readRecords, startCapture } from './capture-process.ts'
import type { Tally } from './client.ts'
import { readGeneralLog, type LoggedCommand } from './general-log.ts'
import { startMariadb } from './mariadb-server.ts'

const [mode = 'auto'] = process.argv.slice(2)
const directory = mkdtempSync(join(tmpdir(), 'querytap-live-'))
const store = join(directory, 'live.db')
const recording = join(directory, 'live.qtap')
const podLogs = join(directory, 'pods')
const client = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? 'client.ts' : 'client.js', import.meta.url))

const pods: Record<'client' | 'server', PodCgroup & { namespace: string; pod: string }> = {
  client: {
    uid: '0f3c1f5a-27a5-4d3c-9d1e-1b6a5c7d8e90',
    containerId: 'c'.repeat(64),
    runtime: 'containerd',
    namespace: 'shop',
    pod: 'checkout-7d9f',
  },
  server: {
    uid: 'a1b2c3d4-0000-4111-8222-333344445555',
    containerId: 'd'.repeat(64),
    runtime: 'crio',
    namespace: 'data',
    pod: 'mariadb-0',
  },
}

let failed = 0

function check(name: string, ok: boolean, detail: unknown = null): void {
  if (!ok) failed++
  process.stdout.write(`${JSON.stringify({ name, ok, detail: ok ? null : detail })}\n`)
}

const cleanups: (() => Promise<void> | void)[] = []

/** In its pod's cgroup, where there are cgroups. */
async function startInPod(which: 'client' | 'server', argv: string[], stdio: 'ignore' | 'pipe'): Promise<ChildProcess> {
  const hierarchy = cgroupMount('v2') === null ? 'v1' : 'v2'
  const started = await startInPodCgroup({ ...pods[which], hierarchy }, argv, { stdio })
  cleanups.push(started.cleanup)
  return started.child
}

async function nextLine(child: ChildProcess): Promise<string> {
  let text = ''
  return await new Promise((resolve, reject) => {
    const onData = (chunk: Buffer) => {
      text += chunk.toString()
      if (!text.endsWith('\n')) return
      child.stdout?.off('data', onData)
      resolve(text)
    }
    child.stdout?.on('data', onData)
    child.once('exit', (code) => reject(new Error(`the client ended with ${code}: ${text}`)))
  })
}

async function session(): Promise<void> {
  for (const { namespace, pod, uid } of Object.values(pods)) {
    mkdirSync(join(podLogs, `${namespace}_${pod}_${uid ?? ''}`, 'main'), { recursive: true })
  }
  const server = await startMariadb({ start: (argv) => startInPod('server', argv, 'ignore') })
  cleanups.push(() => server.stop())
  const { port, user, password } = server
  const application = await startInPod('client', [process.execPath, client, String(port), user, password], 'pipe')
  application.stderr?.pipe(process.stderr)
  await nextLine(application)
  const before = readGeneralLog(server.generalLog()).length

  const options = ['--attach', mode, '--port', String(port), '--slow', '0', '--pod-logs', podLogs]
  const capture = await startCapture([...options, '--store', store, '--record', recording])
  application.stdin?.write('go\n')
  const tally = JSON.parse(await nextLine(application)) as Tally // printed by client.ts
  // the server ends its side of the connections a moment later
  await new Promise((resolve) => setTimeout(resolve, 500))
  const result = await capture.stop()

  check('capture exits with 0', result.exitCode === 0, result.stderr)
  check('nothing is lost, and that is said', /lost: 0/.test(result.stderr), result.stderr)
  const records = result.records.filter((record) => record.protocol === 'mysql')
  const logged = readGeneralLog(server.generalLog()).slice(before)
  checkAgainstLog(records, logged)
  checkAgainstDriver(records, tally)
  checkContext(records, tally)
  checkPods(records)
  checkReplay(result.records)
  checkDetached()
}

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

function checkAgainstLog(records: MysqlRecord[], logged: LoggedCommand[]): void {
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

function checkAgainstDriver(records: MysqlRecord[], tally: Tally): void {
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

function checkContext(records: MysqlRecord[], tally: Tally): void {
  const sleep = records.find(({ statement }) => statement === 'SELECT SLEEP(0.3)')
  const seconds = (sleep?.durationNs ?? 0) / 1e9
  check('SELECT SLEEP(0.3) took between 0.3 s and 0.4 s', seconds >= 0.3 && seconds <= 0.4, sleep)
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
  check(
    'both ends are one record',
    both.length === records.length,
    records.find(({ observed }) => observed !== 'both'),
  )
  const network = both.filter(
    ({ networkNs, durationNs }) => durationNs !== null && (networkNs === null || networkNs < 0),
  )
  check("the network's share is known and not negative", network.length === 0, network[0])
}

function querytap(args: string[]): string {
  const { stdout, stderr, status } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`querytap ${args.join(' ')}: ${status} ${stderr}`)
  return stdout
}

function checkPods(records: MysqlRecord[]): void {
  const named = records.every(
    ({ client: { namespace, pod, container }, server }) =>
      namespace === 'shop' && pod === 'checkout-7d9f' && container === 'c'.repeat(64) && server.pod === 'mariadb-0',
  )
  check('both ends carry their pods', named, records[0])
  check(
    'pods lists them',
    /shop\/checkout-7d9f/.test(querytap(['pods', '--store', store])),
    querytap(['pods', '--store', store]),
  )
  const of = (pattern: string) =>
    readLines(querytap(['queries', '--store', store, '--pod', pattern, '--json', '--limit', '1000']))
  check(
    'queries --pod takes shell patterns',
    of('shop/check*').length > 50 && of('shop/cart-*').length === 0,
    of('shop/check*').length,
  )
  check(
    'report ranks the slow statement first',
    /sleep\(\?\)/i.test(querytap(['report', '--store', store, '--limit', '1'])),
  )
}

function readLines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '')
}

function checkReplay(live: unknown[]): void {
  const replayed = readRecords(querytap(['replay', recording, '--slow', '0', '--json']))
  const same = JSON.stringify(replayed) === JSON.stringify(live)
  check('the recording replays to the same records', same && live.length > 60, [replayed.length, live.length])
}

function checkDetached(): void {
  const { stdout, status } = spawnSync('bpftool', ['prog', 'list'], { encoding: 'utf8' })
  const left = stdout.split('\n').filter((line) => /name (sock_send_length|tcp_sendmsg_ent|inet_sock_set_s)/.test(line))
  check('no probe is left behind', status === 0 && left.length === 0, left)
}

try {
  await session()
} catch (error) {
  check('the session runs', false, error instanceof Error ? error.stack : String(error))
} finally {
  for (const cleanup of cleanups.reverse()) await cleanup()
  rmSync(directory, { recursive: true, force: true })
}
process.exitCode = failed === 0 ? 0 : 1
