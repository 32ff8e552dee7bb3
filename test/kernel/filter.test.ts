/** What the kernel leaves out, and what it takes up while the probes run: one program's traffic under several filters. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createServer, connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Opened } from '../../src/capture/source.ts'
import { cgroupMount, startInPodCgroup } from '../kubernetes/cgroup.ts'
import { startRecording } from './capture-process.ts'
import { tellRecording } from './tell-recording.ts'
import { skipUnlessRequired } from './required.ts'

const skip = skipUnlessRequired(process.getuid?.() === 0 ? null : 'attaching needs root')
const containerId = 'e'.repeat(64)

t.setTimeout(300_000)

/** Ports of the clients whose connections a recording holds. */
async function openedIn(path: string): Promise<Opened[]> {
  const all: Opened[] = []
  const sink = { opened: (opened: Opened) => void all.push(opened), moved() {}, closed() {}, tick() {} }
  await tellRecording(path, sink)
  return all
}

async function exchange(port: number): Promise<number> {
  return await new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('hello'))
    socket.once('data', () => {
      const local = socket.localPort ?? 0
      socket.end()
      socket.once('close', () => resolve(local))
    })
    socket.once('error', reject)
  })
}

void t.test('filters by port, process and name, include and exclude', { skip }, async (t) => {
  const directory = t.testdir()
  const server = createServer((socket) => socket.once('data', () => socket.end('bye')))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => void server.close())
  const address = server.address()
  const port = address === null || typeof address === 'string' ? 0 : address.port
  const comm = readFileSync('/proc/self/comm', 'utf8').trim()
  const own = ['--port', String(port)]
  const cases: { name: string; args: string[]; seen: boolean }[] = [
    { name: 'port', args: own, seen: true },
    { name: 'other-port', args: ['--port', '1'], seen: false },
    { name: 'pid', args: [...own, '--pid', String(process.pid)], seen: true },
    { name: 'other-pid', args: [...own, '--pid', '1'], seen: false },
    { name: 'excluded-pid', args: [...own, '--exclude-pid', String(process.pid)], seen: false },
    { name: 'comm', args: [...own, '--comm', 'nobody', '--comm', comm], seen: true },
    { name: 'excluded-comm', args: [...own, '--comm', comm, '--exclude-comm', comm], seen: false },
    { name: 'excluded-port', args: ['--comm', comm, '--exclude-port', String(port)], seen: false },
  ]
  const captures = await Promise.all(cases.map(({ name, args }) => startRecording(join(directory, name), args)))
  const local = await exchange(port)
  await sleep(100)
  for (const capture of captures) t.equal((await capture.stop()).exitCode, 0)
  for (const { name, seen } of cases) {
    const opened = (await openedIn(join(directory, name))).filter(({ local: { port } }) => port === local)
    t.equal(opened.length, seen ? 1 : 0, name)
  }
})

void t.test(
  'a container that starts while the probes run is taken up, and its neighbour is not',
  { skip: skip || (cgroupMount('v2') === null ? 'no cgroup v2 hierarchy' : false) },
  async (t) => {
    const path = join(t.testdir(), 'container')
    const capture = await startRecording(path, ['--container', containerId.slice(0, 12)])
    const uid = '0f3c1f5a-27a5-4d3c-9d1e-1b6a5c7d8e91'
    const script = `
      const { createServer, connect } = require('node:net')
      const server = createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1', () =>
        setTimeout(() => connect(server.address().port).resume().on('close', () => server.close()), 2500))`
    const argv = [process.execPath, '-e', script]
    t.match(capture.said(), `--container '${containerId.slice(0, 12)}' matches nothing that runs now`)
    const inside = await startInPodCgroup({ uid, containerId, runtime: 'containerd', hierarchy: 'v2' }, argv, {
      stdio: 'ignore',
    })
    t.teardown(() => inside.cleanup())
    const outside = spawn(argv[0] ?? '', argv.slice(1), { stdio: 'ignore' })
    await Promise.all([inside.child, outside].map((child) => new Promise((resolve) => child.once('exit', resolve))))
    t.equal((await capture.stop()).exitCode, 0)
    const pids = new Set((await openedIn(path)).map(({ pid }) => pid))
    t.strictSame([...pids], [inside.child.pid])
    rmSync(path)
  },
)

/** In a pod or outside: listens, says where, and when it is told to connects to itself. */
const loner = `
  const { createServer, connect } = require('node:net')
  const server = createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1', () => {
    console.log(server.address().port)
    process.stdin.once('data', () =>
      connect(server.address().port).resume().on('close', () => server.close(() => process.exit())))
  })`

void t.test(
  'filters by cgroup, container and pod, include and exclude',
  { skip: skip || (cgroupMount('v2') === null ? 'no cgroup v2 hierarchy' : false) },
  async (t) => {
    const uid = '0f3c1f5a-27a5-4d3c-9d1e-1b6a5c7d8e92'
    const container = 'f'.repeat(64)
    const directory = t.testdir({ pods: { [`shop_checkout-7d9f_${uid}`]: { main: {} } } })
    const argv = [process.execPath, '-e', loner]
    const pod = { uid, containerId: container, runtime: 'containerd', hierarchy: 'v2' } as const
    const inside = await startInPodCgroup(pod, argv, { stdio: ['pipe', 'pipe', 'inherit'] })
    t.teardown(() => inside.cleanup())
    const outside = spawn(process.execPath, ['-e', loner], { stdio: ['pipe', 'pipe', 'inherit'] })
    t.teardown(() => void outside.kill())
    const both = [inside.child, outside]
    const ports = await Promise.all(
      both.map(async ({ stdout }) => (stdout === null ? '' : String((await once(stdout, 'data'))[0]).trim())),
    )
    const slice = `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${uid.replaceAll('-', '_')}.slice`
    const kinds = { cgroup: slice, container: container.slice(0, 12), pod: 'shop/check*' }
    const cases = Object.entries(kinds).flatMap(([name, value]) => [
      { name, args: [`--${name}`, value], seen: inside.child },
      { name: `exclude-${name}`, args: [`--exclude-${name}`, value], seen: outside },
    ])
    const own = [...ports.flatMap((port) => ['--port', port]), '--pod-logs', join(directory, 'pods')]
    const captures = await Promise.all(
      cases.map(({ name, args }) => startRecording(join(directory, name), [...own, ...args])),
    )
    const ended = both.map((child) => once(child, 'exit'))
    for (const { stdin } of both) stdin?.write('go\n')
    await Promise.all(ended)
    for (const capture of captures) {
      const { exitCode, stderr } = await capture.stop()
      t.equal(exitCode, 0)
      t.notMatch(stderr, /matches nothing/)
    }
    for (const { name, seen } of cases) {
      const pids = new Set((await openedIn(join(directory, name))).map(({ pid }) => pid))
      t.strictSame([...pids], [seen.pid], name)
    }
  },
)

void t.test('filters in a file change while the probes run', { skip }, async (t) => {
  const directory = t.testdir()
  const file = join(directory, 'filters')
  const servers = [0, 1].map(() => createServer((socket) => socket.once('data', () => socket.end('bye'))))
  t.teardown(() => servers.forEach((server) => server.close()))
  const [one = 0, other = 0] = await Promise.all(
    servers.map(async (server) => {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const address = server.address()
      return address === null || typeof address === 'string' ? 0 : address.port
    }),
  )
  writeFileSync(file, `# the first\nport ${one}\n`)
  const path = join(directory, 'recording')
  const capture = await startRecording(path, ['--filter-file', file, '--pid', String(process.pid)])
  const said = async (text: string) => {
    while (!capture.said().includes(text)) await sleep(50)
  }
  const seen = [await exchange(one)]
  await exchange(other)
  writeFileSync(file, `--port=${other} # the other\nexclude-comm nobody\n`)
  await said('are in force')
  t.notMatch(capture.said(), /matches nothing/, 'what is left out need not run')
  await exchange(one)
  seen.push(await exchange(other))
  writeFileSync(file, `port ${one}\nport many\n`)
  await said(":2: 'many' is not a port, 1 to 65535; the filters before stay in force")
  await exchange(one)
  seen.push(await exchange(other))
  rmSync(file)
  await said('ENOENT')
  seen.push(await exchange(other))
  t.equal((await capture.stop()).exitCode, 0)
  // a client's port may be given again
  const told = (await openedIn(path))
    .filter(({ role }) => role === 'connected')
    .map(({ local, remote }) => [local.port, remote.port])
  t.strictSame(
    told,
    seen.map((port, index) => [port, index === 0 ? one : other]),
  )
})

void t.test('a file of filters that cannot be understood is refused at once, with its line', { skip }, (t) => {
  const directory = t.testdir({ filters: 'port 3306\nports 80\n' })
  const main = new URL('../../dist/src/main.js', import.meta.url).pathname
  const args = [main, 'record', join(directory, 'x'), '--filter-file', join(directory, 'filters')]
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  t.equal(status, 2)
  t.match(stderr, /filters:2: 'ports 80' is no filter/)
  t.end()
})

void t.test('a container cannot be selected where there is no cgroup v2 hierarchy', { skip }, (t) => {
  const empty = t.testdir({ self: { mounts: '' } })
  const main = new URL('../../dist/src/main.js', import.meta.url).pathname
  const args = [main, 'record', join(empty, 'x'), '--container', 'abc', '--proc', empty]
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  t.equal(status, 2)
  t.match(stderr, /no cgroup v2 hierarchy is mounted/)
  t.end()
})
