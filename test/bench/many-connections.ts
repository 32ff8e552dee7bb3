/**
 * The process that `memory.ts` measures: connections that each prepare statements and run them, through the pipeline into
 * a store, as fast as they can be made up. Prints its memory at each step as a line of JSON.
 */
import { Buffer } from 'node:buffer'
import { readFileSync } from 'node:fs'
import type { Opened } from '../../src/capture/source.ts'
import { keepHeapSmall } from '../../src/heap.ts'
import { Pipeline } from '../../src/pipeline.ts'
import { Store } from '../../src/store/store.ts'
import * as payload from './mysql-login.ts'

// as a capture does
keepHeapSmall()
const [path = ':memory:', connections = '10000', statements = '1000', digests = '10000'] = process.argv.slice(2)
const connectionCount = Number(connections)
const statementCount = Number(statements)
const digestCount = Number(digests)

const packet = (sequence: number, payload: Buffer) =>
  Buffer.concat([Buffer.of(payload.length & 0xff, payload.length >> 8, 0, sequence), payload])
const number = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

const tables = Array.from({ length: digestCount }, (_, i) => `SELECT c, d FROM shop_${i} WHERE id = ? AND k > ?`)
const preparations = tables.map((text) => packet(0, Buffer.concat([Buffer.of(0x16), Buffer.from(text)])))
const definition = packet(
  2,
  Buffer.from('0364656600000001780163 0c3f00 00000000 fd 0000 00 0000'.replaceAll(' ', ''), 'hex'),
)
/** Two parameters, no columns; definitions end with an EOF. */
const prepared = (id: number) => {
  const eof = packet(4, Buffer.from('fe00000200', 'hex'))
  const third = Buffer.from(definition)
  third[3] = 3
  const head = packet(1, Buffer.concat([Buffer.of(0), number(id), Buffer.from('00000200000000', 'hex')]))
  return Buffer.concat([head, definition, third, eof])
}
const answers = Array.from({ length: statementCount }, (_, i) => prepared(i + 1))
const execution = (id: number) =>
  packet(
    0,
    Buffer.concat([
      Buffer.of(0x17),
      number(id),
      Buffer.from('0001000000000103000300 0100000002000000'.replaceAll(' ', ''), 'hex'),
    ]),
  )
const ok = packet(1, Buffer.of(0, 0, 0, 2, 0, 0, 0))
const greeting = packet(0, payload.greeting)
const login = packet(1, payload.login)
const loginOk = packet(2, Buffer.of(0, 0, 0, 2, 0, 0, 0))

const store = path === ':memory:' ? Store.inMemory() : Store.openWriter(path)
store.beginRun({ startedAt: 0n, source: 'bench', kernel: null, attachMode: null, slowNs: 100e6 })
const pipeline = new Pipeline({ store, slowNs: 100e6, epochNs: 0n, onRecord: () => {}, keepLiterals: false })
const positions = { sent: new Float64Array(connectionCount), received: new Float64Array(connectionCount) }
let at = 0

function say(id: number, direction: 'sent' | 'received', bytes: Buffer): void {
  const position = positions[direction][id] ?? 0
  positions[direction][id] = position + bytes.length
  at += 1000
  pipeline.connections.moved(id, direction, position, bytes.length, position, false, bytes, at)
}

function opened(connection: number): Opened {
  const local = { address: '10.0.0.1', port: 3306 }
  const remote = { address: `10.1.0.${connection % 50}`, port: 20_000 + connection }
  const where = {
    midLife: false,
    vantage: 'socket',
    local,
    remote,
    unix: null,
    netns: 1,
    pid: 1,
    comm: 'mysqld',
  } as const
  return { connection, at: 0, role: 'accepted', ...where }
}

function tell(step: string): void {
  const peakKiB = Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1])
  const rssMiB = process.memoryUsage.rss() / 2 ** 20
  const { exchanges, counts } = pipeline
  process.stdout.write(`${JSON.stringify({ step, rssMiB, peakMiB: peakKiB / 1024, exchanges, mysql: counts.mysql })}\n`)
}

tell('idle')
for (let id = 0; id < connectionCount; id++) {
  pipeline.connections.opened(opened(id), null)
  say(id, 'sent', greeting)
  say(id, 'received', login)
  say(id, 'sent', loginOk)
}
pipeline.flush()
tell('connected')
for (let i = 0; i < statementCount; i++) {
  for (let id = 0; id < connectionCount; id++) {
    say(id, 'received', preparations[(id * statementCount + i) % digestCount] ?? ok)
    say(id, 'sent', answers[i] ?? ok)
  }
  // as the capture does on its timer
  if (i % 2 === 1) pipeline.flush()
}
tell('prepared')
for (let id = 0; id < connectionCount; id++) {
  say(id, 'received', execution((id % statementCount) + 1))
  say(id, 'sent', ok)
}
pipeline.flush()
tell('executed')
const dropped = pipeline.connections.losses()['droppedStatements'] ?? 0
process.stdout.write(`${JSON.stringify({ step: 'end', dropped })}\n`)
process.exit(0)
