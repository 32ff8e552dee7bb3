/** What a capture says of selectors that mean nothing which is there. */
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Selectors } from '../../src/capture/selectors.ts'
import { unmatchedSelectors } from '../../src/capture/unmatched-selectors.ts'
import { CgroupSelection } from '../../src/kubernetes/cgroup-selection.ts'
import { PodLogs } from '../../src/kubernetes/pod-logs.ts'

const uid = '0f3c1f5a-27a5-4d3c-9d1e-1b6a5c7d8e91'
const container = 'a'.repeat(64)
const none = { include: [], exclude: [] }

/** @returns the options that are told of */
function unmatched(t: Test, given: Partial<Selectors>): string[] {
  const task = (comm: string) => ({ comm: `${comm}\n` })
  const directory = t.testdir({
    proc: {
      7: { task: { 7: task('mariadbd'), 8: task('connection') } },
      9: { task: { 9: task('a-name-of-fifte') } },
      self: {},
    },
    cgroup: { kubepods: { [`pod${uid}`]: { [container]: {} } }, 'system.slice': {} },
    pods: { [`shop_checkout-7d9f_${uid}`]: {} },
  })
  const nowhere = { cgroups: [], containers: [], pods: [] }
  const selectors = {
    ports: none,
    sockets: none,
    pids: none,
    comms: none,
    places: { include: nowhere, exclude: nowhere },
    ...given,
  }
  const cgroups = new CgroupSelection(join(directory, 'cgroup'), new PodLogs(join(directory, 'pods')))
  const sentences = unmatchedSelectors(selectors, cgroups, join(directory, 'proc'))
  return sentences.map((each) => each.replace(' matches nothing that runs now; what starts later is captured', ''))
}

void t.test('a process that does not run, and a name that none has, are told', (t) => {
  const told = unmatched(t, {
    pids: { include: [7, 8], exclude: [1] },
    comms: { include: ['mariadbd', 'connection', 'mysqld', 'a-name-of-fifteen-and-more'], exclude: ['nobody'] },
  })
  t.strictSame(told, ['--pid 8', "--comm 'mysqld'"])
  t.end()
})

void t.test('a cgroup, a container and a pod that are not there are told, each for itself', (t) => {
  const include = {
    cgroups: ['/system.slice', '/system.slice/mariadb.service'],
    containers: ['aaaa', 'bbbb'],
    pods: ['shop/check*', 'checkout-7d9f', 'shop/cart-*'],
  }
  const exclude = { cgroups: ['/nope'], containers: [], pods: ['nope'] }
  t.strictSame(unmatched(t, { places: { include, exclude } }), [
    "--cgroup '/system.slice/mariadb.service'",
    "--container 'bbbb'",
    "--pod 'shop/cart-*'",
  ])
  t.end()
})

void t.test('without selectors nothing is told', (t) => {
  t.strictSame(unmatched(t, {}), [])
  t.end()
})
