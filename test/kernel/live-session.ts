/**
 * The live test, as a program, so that the same runs here and in a virtual machine: a real server, a real client and a
 * real capture; the server's general log is the truth.
 * Arguments: the attach modes, a capture of each, one after the other; `records` among them leaves out what looks at the store
 * by further commands, which a slow machine has no time for and which no kernel changes.
 */
import { spawnSync, type ChildProcess } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { MysqlRecord } from '../../src/record.ts'
import { cgroupMount, startInPodCgroup, type PodCgroup } from '../kubernetes/cgroup.ts'
import { type Application, applicationOf, client } from './application.ts'
import { startCapture } from './capture-process.ts'
import { readGeneralLog } from './general-log.ts'
import { makeRequests, requests } from './http-requests.ts'
import { checkPodCommands, checkReplay, checkRunning, checkStoreInUse, runningStatements } from './live-commands.ts'
import { type MariadbServer, startMariadb } from './mariadb-server.ts'
import { missedRuns, mostLackingOfMissed } from './missed-runs.ts'
import { startNginx } from './nginx-server.ts'
import {
  type Check,
  checkAgainstDriver,
  checkAgainstLog,
  checkContext,
  checkHttp,
  checkSleep,
} from './record-checks.ts'
import { connectionsOver } from './server-ports.ts'
import { check, cleanups, modes, runSession, sessionDirectory, withCommands } from './session-program.ts'
import { checkNothingWrong } from './wrong-records.ts'

const directory = sessionDirectory('live')
const podLogs = join(directory, 'pods')

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

/** In its pod's cgroup, where there are cgroups. */
async function startInPod(which: 'client' | 'server', argv: string[], stdio: 'ignore' | 'pipe'): Promise<ChildProcess> {
  const hierarchy = cgroupMount('v2') === null ? 'v1' : 'v2'
  const started = await startInPodCgroup({ ...pods[which], hierarchy }, argv, { stdio })
  cleanups.push(started.cleanup)
  return started.child
}

interface Servers {
  mariadb: MariadbServer
  webPort: number
  application: Application
}

async function startApplication({ port, user, password }: MariadbServer): Promise<Application> {
  return applicationOf(await startInPod('client', [process.execPath, client, String(port), user, password], 'pipe'))
}

async function startServers(): Promise<Servers> {
  for (const { namespace, pod, uid } of Object.values(pods)) {
    mkdirSync(join(podLogs, `${namespace}_${pod}_${uid ?? ''}`, 'main'), { recursive: true })
  }
  const mariadb = await startMariadb({ start: (argv) => startInPod('server', argv, 'ignore') })
  cleanups.push(() => mariadb.stop())
  const nginx = await startNginx()
  cleanups.push(() => nginx.stop())
  return { mariadb, webPort: nginx.port, application: await startApplication(mariadb) }
}

async function session(mode: string, { mariadb, webPort, application }: Servers): Promise<void> {
  const store = join(directory, `${mode}.db`)
  const recording = join(directory, `${mode}.qtap`)
  await application.connected()
  const before = readGeneralLog(mariadb.generalLog()).length
  const options = ['--attach', mode, '--slow', '0', '--pod-logs', podLogs]
  for (const each of [mariadb.port, webPort]) options.push('--port', String(each))
  const capture = await startCapture([...options, '--keep-literals', '--store', store, '--record', recording])
  const tally = await application.work()
  const answered = await makeRequests(webPort)
  check(`${mode}: the HTTP client is served`, answered === requests.length, answered)
  if (withCommands) checkStoreInUse(check, store)
  await connectionsOver(mariadb.port)
  await connectionsOver(webPort)
  const { exitCode, records, stderr } = await capture.stop()

  check(`${mode}: capture exits with 0`, exitCode === 0, stderr)
  const always: Check = (name, ok, detail) => check(`${mode}: ${name}`, ok, detail)
  const { missed, unlessMissed } = missedRuns(always, `${mode}, live`, stderr)
  const ofMysql = records.filter((record) => record.protocol === 'mysql')
  const ofHttp = records.filter((record) => record.protocol === 'http')
  const logged = readGeneralLog(mariadb.generalLog()).slice(before)
  const lacking = logged.length - ofMysql.length
  always('no more is lacking than missed runs account for', lacking <= mostLackingOfMissed * missed, [lacking, missed])
  checkNothingWrong(always, records, logged, tally)
  always('no end carries the pod of another', !ofMysql.some(carriesOtherPods), ofMysql.find(carriesOtherPods))
  checkAgainstLog(unlessMissed, ofMysql, logged)
  checkAgainstDriver(unlessMissed, ofMysql, tally)
  checkSleep(unlessMissed, ofMysql, tally, !withCommands)
  checkContext(unlessMissed, ofMysql, tally, !withCommands)
  unlessMissed('both ends carry their pods', ofMysql.every(carriesPods), ofMysql[0])
  checkHttp(unlessMissed, ofHttp, !withCommands)
  await checkDetached(mode, 'after Ctrl-C')
  if (!withCommands) return
  checkPodCommands(check, store, ofMysql)
  checkReplay(check, recording, records)
  await checkKilled(mode, ['--store', store, '--attach', mode], mariadb, store)
}

function carriesPods({ client: { namespace, pod, container }, server }: MysqlRecord): boolean {
  const { client, server: ofServer } = pods
  const named = namespace === client.namespace && pod === client.pod && container === client.containerId
  return named && server.pod === ofServer.pod
}

function carriesOtherPods({ client, server }: MysqlRecord): boolean {
  const other = (pod: string | null, expected: string) => pod !== null && pod !== expected
  return other(client.pod, pods.client.pod) || other(server.pod, pods.server.pod)
}

async function checkKilled(mode: string, options: string[], server: MariadbServer, store: string): Promise<void> {
  const capture = await startCapture(options)
  const running = await checkRunning(check, store, server)
  cleanups.push(() => running.end())
  await capture.stop('SIGKILL')
  await checkDetached(mode, 'after kill -9')
  const again = await startCapture(options)
  const { exitCode, stderr } = await again.stop('SIGTERM')
  check('the store of a killed capture is taken over', exitCode === 0, stderr)
  check('and nothing is running in it', runningStatements(store) === '0', runningStatements(store))
}

/** The kernel's programs that a capture has too, each with its number, which is never given out again. */
function probes(): string[] {
  const { stdout, stderr, status } = spawnSync('bpftool', ['prog', 'list'], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`bpftool prog list: ${stderr}`)
  return stdout.split('\n').filter((line) => /name (sock_send_length|tcp_sendmsg_ent|inet_sock_set_s)/.test(line))
}

/** Another capture may run on this machine. */
const othersProbes = new Set(probes())

function probesLeft(): string[] {
  return probes().filter((line) => !othersProbes.has(line))
}

/** The kernel frees programs a moment after their last user is gone. */
async function checkDetached(mode: string, when: string): Promise<void> {
  let left = probesLeft()
  for (let i = 0; i < 50 && left.length > 0; i++) {
    await sleep(100)
    left = probesLeft()
  }
  check(`${mode}: no probe is left behind ${when}`, left.length === 0, left)
}

await runSession(async () => {
  const servers = await startServers()
  for (const [index, mode] of modes.entries()) {
    if (index > 0) servers.application.again()
    await session(mode, servers)
  }
})
