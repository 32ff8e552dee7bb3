/** Endpoints: one number for one address and port, and memory that is bounded. */
import t from 'tap'
import { Endpoints } from '../../src/packets/endpoints.ts'
import { KeptSegments } from './kept-segments.ts'

/** IPv4, as IPv4-mapped IPv6. */
const idOf = (endpoints: Endpoints, address: number, port: number) => {
  if (!endpoints.makeRoom()) throw new Error('there is no room')
  return endpoints.idOf(0, 0, 0xffff, address >>> 0, port)
}

void t.test('each address and port has one number, and a number tells them again', (t) => {
  const endpoints = new Endpoints()
  const ids = new Map<number, string>()
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 5000; i++) {
      const id = endpoints.idOf(0, 0, 0xffff, (0xc0a80000 + (i % 97)) >>> 0, 1024 + i)
      const text = `192.168.0.${i % 97}:${1024 + i}`
      if (round > 0 && ids.get(id) !== text) t.fail(`${id} is ${ids.get(id) ?? 'new'}, not ${text}`)
      ids.set(id, text)
      const { address, port } = endpoints.text(id)
      if (`${address}:${port}` !== text) t.fail(`${id} is told as ${address}:${port}`)
    }
  }
  t.equal(ids.size, 5000)
  t.equal(endpoints.count, 5000)
  const six = endpoints.idOf(0x20010db8, 0, 0, 1, 3306)
  t.strictSame(endpoints.text(six), { address: '2001:db8::1', port: 3306 })
  t.end()
})

void t.test('when there are too many, those that nobody retains are forgotten, and the others stay', (t) => {
  const endpoints = new Endpoints(100)
  const server = idOf(endpoints, 1, 3306)
  endpoints.retain(server)
  for (let i = 0; i < 1000; i++) idOf(endpoints, 2, 1000 + i)
  t.ok(endpoints.count <= 100)
  t.equal(idOf(endpoints, 1, 3306), server)
  t.strictSame(endpoints.text(server), { address: '0.0.0.1', port: 3306 })
  endpoints.release(server)
  t.end()
})

void t.test('when all are retained there is no room, which is counted', (t) => {
  const endpoints = new Endpoints(10)
  for (let i = 0; i < 10; i++) endpoints.retain(endpoints.idOf(0, 0, 0, i, 1))
  t.notOk(endpoints.makeRoom())
  t.equal(endpoints.refused, 1)
  t.end()
})

void t.test('a segment is kept as it was', (t) => {
  const endpoints = new Endpoints()
  const segments = new KeptSegments(endpoints)
  const payload = Buffer.from('..SELECT 1..')
  const [source, destination] = [idOf(endpoints, 0x7f000001, 40000), idOf(endpoints, 0x7f000001, 3306)]
  const frame = { at: 5, sequence: 0xffffffff, acknowledgement: 7, flags: 0x18, path: 0 }
  segments.segment({
    ...frame,
    timed: true,
    source,
    destination,
    payload,
    payloadStart: 2,
    payloadEnd: 10,
    payloadLength: 20,
  })
  payload.fill(0)
  t.match(segments.kept, [
    { source: '127.0.0.1:40000', destination: '127.0.0.1:3306', flags: 'psh+ack', payload: 'SELECT 1' },
  ])
  t.end()
})
