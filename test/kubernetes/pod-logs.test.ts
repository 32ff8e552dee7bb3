/** Shows pods named by the kubelet's tree of logs. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { maxPods, PodLogs, relistAfterMs } from '../../src/kubernetes/pod-logs.ts'

const uid = '0b7a3c52-94f1-4d0e-8a6b-2c5d7e9f1a34'
const later = '7c1d9e02-3a4b-4c5d-9e6f-708192a3b4c5'

t.test('a pod is named by its directory', (t) => {
  const path = t.testdir({
    [`shop_orders-5d9c7b6f4-x2x8z_${uid}`]: { api: { '0.log': '' } },
    'kube-system_etcd-node.example.com_d4f2a0c8b6e19375ad0c2e4f6b8a1957': {},
    'not-a-pod': {},
    one_two: {},
    a_b_c_d: {},
  })
  const logs = new PodLogs(path)
  t.strictSame(logs.find(uid), { namespace: 'shop', pod: 'orders-5d9c7b6f4-x2x8z' })
  t.strictSame(logs.find('d4f2a0c8b6e19375ad0c2e4f6b8a1957'), {
    namespace: 'kube-system',
    pod: 'etcd-node.example.com',
  })
  t.equal(logs.find('two'), null)
  t.equal(logs.find('c_d'), null)
  t.end()
})

t.test('a new pod is found when a second has passed since the last listing', (t) => {
  const path = t.testdir({ [`shop_orders-0_${uid}`]: {} })
  let now = 0
  const logs = new PodLogs(path, () => now)
  t.equal(logs.find(later), null)
  mkdirSync(join(path, `shop_orders-1_${later}`))
  now = relistAfterMs - 1
  t.equal(logs.find(later), null, 'not listed again yet')
  t.strictSame(logs.find(uid), { namespace: 'shop', pod: 'orders-0' }, 'known pods need no listing')
  now = relistAfterMs
  t.strictSame(logs.find(later), { namespace: 'shop', pod: 'orders-1' })
  t.end()
})

t.test('a pod that ended keeps its name', (t) => {
  const path = t.testdir({ [`shop_orders-0_${uid}`]: {} })
  let now = 0
  const logs = new PodLogs(path, () => now)
  logs.find(uid)
  rmSync(join(path, `shop_orders-0_${uid}`), { recursive: true })
  now = relistAfterMs
  t.equal(logs.find(later), null)
  t.strictSame(logs.find(uid), { namespace: 'shop', pod: 'orders-0' })
  t.end()
})

t.test('without a kubelet no pod has a name', (t) => {
  const path = t.testdir({})
  t.equal(new PodLogs(join(path, 'missing')).find(uid), null)
  writeFileSync(join(path, 'file'), '')
  t.equal(new PodLogs(join(path, 'file')).find(uid), null)
  t.end()
})

t.test('more directories than the limit: the one asked for is found all the same', (t) => {
  const path = t.testdir({})
  for (let n = 0; n <= maxPods; n++) mkdirSync(join(path, `shop_orders-${n}_${n.toString(16).padStart(32, '0')}`))
  let now = 0
  const logs = new PodLogs(path, () => now)
  for (const n of [0, maxPods, 1, maxPods - 1]) {
    now += relistAfterMs
    t.strictSame(logs.find(n.toString(16).padStart(32, '0')), { namespace: 'shop', pod: `orders-${n}` })
  }
  t.end()
})
