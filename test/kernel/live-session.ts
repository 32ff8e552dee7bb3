/**
 * The live test, as a program, so that the same runs here and in a virtual machine: a real server, a real client and a
 * real capture; the server's general log is the truth. Prints one JSON check a line and exits 0 when all hold.
 * Arguments: the attach mode; then `records` leaves out what looks at the store by further commands, which a slow
 * machine has no time for and which no kernel changes.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { MysqlRecord } from '../../src/record.ts'
import { cgroupMount, startInPodCgroup, type PodCgroup } from '../kubernetes/cgroup.ts'
import { main, readRecords, startCapture } from './capture-process.ts'
import type { Tally } from './client.ts'
import { readGeneralLog } from './general-log.ts'
import { type MariadbServer, startMariadb } from './mariadb-server.ts'
import { startNginx } from './nginx-server.ts'
import {
  checkAgainstDriver,
  checkAgainstLog,
  checkContext,
  checkHttp,
  checkReplayed,
  checkSleep,
} from './record-checks.ts'
import { connectionsOver } from './server-ports.ts'

const [mode = 'auto', only] = process.argv.slice(2)
const withCommands = only !== 'records'
const directory = mkdtempSync(join(tmpdir(), 'querytap-live-'))
const store = join(directory, 'live.db')
const recording = join(directory, 'live.qtap')
const podLogs = join(directory, 'pods')
const beside = (name: string) =>
  fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? `${name}.ts` : `${name}.js`, import.meta.url))

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
  const application = await startInPod(
    'client',
    [process.execPath, beside('client'), String(port), user, password],
    'pipe',
  )
  application.stderr?.pipe(process.stderr)
  await nextLine(application)
  const nginx = await startNginx()
  cleanups.push(() => nginx.stop())
  const before = readGeneralLog(server.generalLog()).length

  const options = ['--attach', mode, '--slow', '0', '--pod-logs', podLogs]
  for (const each of [port, nginx.port]) options.push('--port', String(each))
  const capture = await startCapture([...options, '--keep-literals', '--store', store, '--record', recording])
  application.stdin?.write('go\n')
  const tally = JSON.parse(await nextLine(application)) as Tally // printed by client.ts
  const http = spawnSync(process.execPath, [beside('http-requests'), String(nginx.port)], { encoding: 'utf8' })
  check('the HTTP client is served', http.status === 0, http.stderr)
  if (withCommands) checkStoreInUse()
  await connectionsOver(port)
  await connectionsOver(nginx.port)
  const result = await capture.stop()

  check('capture exits with 0', result.exitCode === 0, result.stderr)
  check('nothing is lost, and that is said', /lost: 0/.test(result.stderr), result.stderr)
  const records = result.records.filter((record) => record.protocol === 'mysql')
  const logged = readGeneralLog(server.generalLog()).slice(before)
  checkAgainstLog(check, records, logged)
  checkAgainstDriver(check, records, tally)
  checkSleep(check, records, !withCommands)
  checkContext(check, records, tally)
  checkPods(records)
  checkHttp(
    check,
    result.records.filter((record) => record.protocol === 'http'),
  )
  if (withCommands) checkReplay(result.records)
  await checkDetached('after Ctrl-C')
  if (withCommands) await checkKilled(['--store', store, '--attach', mode], server)
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
  if (!withCommands) return
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
  const report = querytap(['report', '--store', store, '--limit', '1'])
  check('the report begins with the digest that took the longest in total', report.includes(dearest(records)), report)
}

/** @returns the digest with the longest total time */
function dearest(records: MysqlRecord[]): string {
  const totals = new Map<string, number>()
  for (const { digest, durationNs } of records) {
    if (digest !== null) totals.set(digest, (totals.get(digest) ?? 0) + (durationNs ?? 0))
  }
  const [first] = [...totals].sort(([, one], [, other]) => other - one)
  return first?.[0] ?? 'no digest'
}

function readLines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '')
}

function checkReplay(live: unknown[]): void {
  const replayed = readRecords(querytap(['replay', recording, '--slow', '0', '--json', '--keep-literals']))
  checkReplayed(check, replayed, live)
}

function checkStoreInUse(): void {
  const second = spawnSync(process.execPath, [main, 'capture', '--store', store, '--duration', '1s'], {
    encoding: 'utf8',
  })
  const refused = second.status === 1 && /process \d+ is writing/.test(second.stderr) && second.stdout === ''
  check('a second capture on the same store is refused, and says by whom', refused, [second.status, second.stderr])
  const report = querytap(['report', '--store', store])
  check('report works while the capture writes', /Calls +\d/.test(report), report)
}

/** A statement of several seconds, while it runs. */
async function checkRunning({ port, user, password }: MariadbServer): Promise<void> {
  const login = ['-h127.0.0.1', `-P${port}`, `-u${user}`, `-p${password}`]
  const sleeper = spawn('mariadb', ['--no-defaults', ...login, '-e', "SELECT SLEEP(30), 'secret'"], { stdio: 'ignore' })
  cleanups.push(() => void sleeper.kill())
  let report = ''
  for (let i = 0; i < 120 && !report.includes('Running now'); i++) {
    await sleep(250)
    report = querytap(['report', '--store', store])
  }
  const told = /^# Running now: 1,[^]*?sleep\(\d+\), 'secret'$/im
  check('the report shows once what is running', told.test(report), report.slice(0, 2000))
  check('the view has it too', runningStatements() === '1', runningStatements())
}

function runningStatements(): string {
  return querytap(['sql', 'SELECT count(*) FROM running_statements', '--store', store, '--format', 'csv'])
    .trim()
    .replace(/^.*\s/s, '')
}

async function checkKilled(options: string[], server: MariadbServer): Promise<void> {
  const capture = await startCapture(options)
  await checkRunning(server)
  await capture.stop('SIGKILL')
  await checkDetached('after kill -9')
  const again = await startCapture(options)
  const { exitCode, stderr } = await again.stop('SIGTERM')
  check('the store of a killed capture is taken over', exitCode === 0, stderr)
  check('and nothing is running in it', runningStatements() === '0', runningStatements())
}

function probesLeft(): string[] {
  const { stdout, stderr, status } = spawnSync('bpftool', ['prog', 'list'], { encoding: 'utf8' })
  if (status !== 0) return [stderr]
  return stdout.split('\n').filter((line) => /name (sock_send_length|tcp_sendmsg_ent|inet_sock_set_s)/.test(line))
}

/** The kernel frees programs a moment after their last user is gone. */
async function checkDetached(when: string): Promise<void> {
  let left = probesLeft()
  for (let i = 0; i < 50 && left.length > 0; i++) {
    await sleep(100)
    left = probesLeft()
  }
  check(`no probe is left behind ${when}`, left.length === 0, left)
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
