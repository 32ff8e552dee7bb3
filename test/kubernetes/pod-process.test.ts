/** Shows real processes in real cgroups labelled with their containers and pods. */
import { randomBytes, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { ProcessIdentities } from '../../src/kubernetes/process-identity.ts'
import { cgroupMount, startInPodCgroup } from './cgroup.ts'

const root = process.getuid?.() === 0
const required = process.env['QUERYTAP_REQUIRE_KERNEL'] === '1'

function skip(hierarchy: 'v1' | 'v2'): string | false {
  if (!root) return required ? false : 'making cgroups needs root'
  if (cgroupMount(hierarchy) !== null) return false
  // A machine has either; only v2 is what the kernel's cgroup ids need.
  return required && hierarchy === 'v2' ? false : `no cgroup ${hierarchy} is mounted here`
}

for (const hierarchy of ['v2', 'v1'] as const) {
  for (const runtime of ['containerd', 'crio', 'docker'] as const) {
    t.test(`a process that ${runtime} started in a pod, cgroup ${hierarchy}`, { skip: skip(hierarchy) }, async (t) => {
      const uid = randomUUID()
      const containerId = randomBytes(32).toString('hex')
      const podLogsPath = t.testdir({ [`shop_orders-0_${uid}`]: { api: {} } })
      const identities = new ProcessIdentities({ podLogsPath, nodeName: 'worker-3' })
      const { pid, cgroupId, cleanup } = await startInPodCgroup({ uid, containerId, runtime, hierarchy }, [
        'sleep',
        '60',
      ])
      t.teardown(cleanup)
      const expected = {
        pid,
        comm: 'sleep',
        container: containerId,
        pod: 'orders-0',
        namespace: 'shop',
        workload: null,
        node: 'worker-3',
      }
      for (let attempt = 0; attempt < 100 && identities.identify(pid, cgroupId).comm !== 'sleep'; attempt++)
        await sleep(10)
      t.strictSame(identities.identify(pid, cgroupId), expected)

      await cleanup()
      t.notOk(existsSync(join('/proc', String(pid))))
      t.strictSame(
        identities.identify(pid, cgroupId),
        hierarchy === 'v2'
          ? { ...expected, comm: null }
          : { ...expected, comm: null, container: null, pod: null, namespace: null },
        'gone: known by its cgroup',
      )
    })
  }
}

t.test('a container outside Kubernetes', { skip: skip('v2') }, async (t) => {
  const containerId = randomBytes(32).toString('hex')
  const { pid, cgroupId, cleanup } = await startInPodCgroup({ uid: null, containerId, runtime: 'docker' }, [
    'sleep',
    '60',
  ])
  t.teardown(cleanup)
  const identity = new ProcessIdentities({ podLogsPath: t.testdir({}) }).identify(pid, cgroupId)
  t.match(identity, { container: containerId, pod: null, namespace: null })
})
