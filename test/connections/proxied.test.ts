/** A connection whose client's end is a proxy that names whom it speaks for. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { Connections } from '../../src/connections/connections.ts'
import type { Ends } from '../../src/connections/ends.ts'
import { parseFixture } from '../parsers/fixture.ts'

const fixture = parseFixture(readFileSync(new URL('../../fixtures/mysql/proxy-v1.txt', import.meta.url), 'utf8'))
const balancer = { address: '10.0.0.9', port: 40_000 }
const database = { address: '10.0.0.1', port: 3306 }

function endsSeen(vantages: ('client' | 'server')[]): Ends[] {
  const seen: Ends[] = []
  const sink = { exchange: (_exchange: unknown, ends: Ends) => seen.push(ends) }
  const connections = new Connections({ sink, ignore: () => {} })
  const positions = { client: 0, server: 0 }
  for (const [index, vantage] of vantages.entries()) {
    const [local, remote] = vantage === 'client' ? [balancer, database] : [database, balancer]
    const role = vantage === 'client' ? ('connected' as const) : ('accepted' as const)
    const comm = vantage === 'client' ? 'haproxy' : 'mysqld'
    const opened = { connection: index, at: 0, role, midLife: false, local, remote, netns: 1, pid: 7, comm }
    connections.opened({ ...opened, unix: null, vantage: 'socket' }, null)
  }
  for (const step of fixture.steps) {
    if ('missing' in step) continue
    const { side, bytes, at } = step
    const position = positions[side]
    positions[side] += bytes.length
    for (const [index, vantage] of vantages.entries()) {
      const direction = side === vantage ? 'sent' : 'received'
      connections.moved(index, direction, position, bytes.length, position, false, bytes, at)
    }
  }
  connections.end(1e9)
  return seen
}

void t.test('the client is whom the header names, the proxy stands beside it', (t) => {
  for (const vantage of ['client', 'server'] as const) {
    const seen = endsSeen([vantage])
    t.equal(seen.length, 2)
    for (const ends of seen) {
      t.match(ends, { client: { address: '192.0.2.1', port: 56324, pid: null }, server: database, observed: vantage })
      t.match(ends.proxy, vantage === 'client' ? { ...balancer, comm: 'haproxy' } : { ...balancer, comm: null })
    }
  }
  t.end()
})

void t.test('also where both ends run here', (t) => {
  const seen = endsSeen(['client', 'server'])
  t.equal(seen.length, 2)
  for (const ends of seen) {
    t.match(ends, { client: { address: '192.0.2.1', comm: null }, server: { comm: 'mysqld' }, observed: 'both' })
    t.match(ends.proxy, { ...balancer, comm: 'haproxy' })
  }
  t.end()
})
