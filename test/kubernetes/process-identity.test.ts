/** Shows processes of a made-up /proc labelled, through everything that changes under the reader's feet. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { maxProcesses, ProcessIdentities, settledAfterMs } from '../../src/kubernetes/process-identity.ts'

const id = '3f1c5e1d0b6c47a8a9d2f0c4b7e81650aa93d7c2e5b14f08964d1b2c3a5e7f90'
const other = '09b7e2a4c6d81f35e07a9c4b2d6f8e1053c7a9b1d4e6f20816a3c5e7092b4d6f'
const uid = '0b7a3c52-94f1-4d0e-8a6b-2c5d7e9f1a34'
const inPod = `0::/kubepods/burstable/pod${uid}/${id}\n`
const inHost = '0::/system.slice/containerd.service\n'
const nobody = { container: null, pod: null, namespace: null, workload: null, node: null }
const somebody = { ...nobody, container: id, pod: 'orders-0', namespace: 'shop' }

function machine(t: Test) {
  const root = t.testdir({ proc: {}, pods: { [`shop_orders-0_${uid}`]: {} } })
  const clock = { ms: 0 }
  const process = (pid: number, comm: string, startTime: number, cgroup: string) => {
    mkdirSync(join(root, 'proc', String(pid)), { recursive: true })
    const fields = ['S', 1, pid, pid, 0, -1, 4194560, 1, 0, 0, 0, 0, 0, 0, 0, 20, 0, 1, 0, startTime, 1000, 10]
    writeFileSync(join(root, 'proc', String(pid), 'stat'), `${pid} (${comm}) ${fields.join(' ')}\n`)
    writeFileSync(join(root, 'proc', String(pid), 'cgroup'), cgroup)
  }
  const end = (pid: number) => rmSync(join(root, 'proc', String(pid)), { recursive: true })
  const identities = new ProcessIdentities({
    procPath: join(root, 'proc'),
    podLogsPath: join(root, 'pods'),
    now: () => clock.ms,
  })
  return { root, clock, process, end, identities }
}

t.beforeEach(() => {
  delete process.env['NODE_NAME']
})

t.test('a process of a pod', (t) => {
  const { process, identities } = machine(t)
  process(7, 'node', 100, inPod)
  t.strictSame(identities.identify(7, 42n), { pid: 7, comm: 'node', ...somebody })
  t.strictSame(identities.identify(7, 42), { pid: 7, comm: 'node', ...somebody })
  t.strictSame(identities.identify(7, null), { pid: 7, comm: 'node', ...somebody })
  t.end()
})

t.test('a process outside containers, a process that is gone, and no such pod', (t) => {
  const { process, identities, root } = machine(t)
  process(7, 'a) (b\n)', 100, inHost)
  t.strictSame(identities.identify(7, 42n), { pid: 7, comm: 'a) (b\n)', ...nobody })
  t.strictSame(identities.identify(8, 43n), { pid: 8, comm: null, ...nobody })
  rmSync(join(root, 'pods'), { recursive: true })
  process(9, 'node', 100, inPod)
  t.strictSame(identities.identify(9, 44n), { pid: 9, comm: 'node', ...nobody, container: id })
  t.end()
})

t.test('a process that is gone has the container of its cgroup, when another process showed it', (t) => {
  const { process, end, identities } = machine(t)
  process(7, 'node', 100, inPod)
  identities.identify(7, 42n)
  end(7)
  t.strictSame(identities.identify(7, 42n), { pid: 7, comm: null, ...somebody })
  t.strictSame(identities.identify(8, 42n), { pid: 8, comm: null, ...somebody })
  t.strictSame(identities.identify(8, 43n), { pid: 8, comm: null, ...nobody })
  t.strictSame(identities.identify(7, null), { pid: 7, comm: null, ...nobody })
  t.end()
})

t.test('where containers live in v1 the v2 cgroup says nothing about them', (t) => {
  const { process, identities } = machine(t)
  process(7, 'node', 100, `2:pids:/kubepods/burstable/pod${uid}/${id}\n0::/\n`)
  t.strictSame(identities.identify(7, 1n), { pid: 7, comm: 'node', ...somebody })
  t.strictSame(identities.identify(8, 1n), { pid: 8, comm: null, ...nobody })
  t.end()
})

t.test('a process moved into its container after the first look', (t) => {
  const { process, identities, clock } = machine(t)
  process(7, 'runc:[2:INIT]', 100, inHost)
  t.equal(identities.identify(7, null).container, null)
  process(7, 'node', 100, inPod)
  clock.ms = 10
  t.strictSame(identities.identify(7, null), { pid: 7, comm: 'node', ...somebody })
  t.end()
})

t.test('a process without a container is believed two seconds after the first look', (t) => {
  const { process, identities, clock } = machine(t)
  process(7, 'sshd', 100, inHost)
  identities.identify(7, 42n)
  clock.ms = settledAfterMs
  identities.identify(7, 42n)
  process(7, 'sshd', 100, inPod)
  t.equal(identities.identify(7, 42n).container, null, 'not read again')
  t.equal(identities.identify(7, 43n).container, id, 'another cgroup is another look')
  t.end()
})

t.test('a pid used again is another process', (t) => {
  const { process, identities } = machine(t)
  process(7, 'node', 100, inPod)
  identities.identify(7, null)
  process(7, 'php', 200, `0::/docker/${other}\n`)
  t.strictSame(identities.identify(7, null), { pid: 7, comm: 'php', ...nobody, container: other })
  t.end()
})

t.test('the caches are bounded', (t) => {
  const { process, end, identities } = machine(t)
  process(1, 'node', 100, inPod)
  for (let cgroup = 1; cgroup <= maxProcesses + 1; cgroup++) identities.identify(1, cgroup)
  end(1)
  t.equal(identities.identify(1, maxProcesses + 1).container, id)
  t.equal(identities.identify(1, 1).container, null, 'the oldest cgroup is forgotten')
  t.end()
})

t.test('the node is what the option or NODE_NAME says, for every process', (t) => {
  const { root, process: start } = machine(t)
  const paths = { procPath: join(root, 'proc'), podLogsPath: join(root, 'pods') }
  start(7, 'node', 100, inHost)
  process.env['NODE_NAME'] = 'worker-3'
  t.equal(new ProcessIdentities(paths).identify(7, null).node, 'worker-3')
  t.equal(new ProcessIdentities({ ...paths, nodeName: 'worker-4' }).identify(7, null).node, 'worker-4')
  process.env['NODE_NAME'] = ''
  t.equal(new ProcessIdentities(paths).identify(7, null).node, null)
  t.end()
})
