/**
 * The process that `memory.ts` measures: connections that each prepare statements and run them, through the pipeline into
 * a store, as fast as they can be made up. Prints its memory at each step as a line of JSON.
 */
import { Buffer } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { giveBackProgramPages } from '../../src/capture/program-pages.ts'
import type { Opened } from '../../src/capture/source.ts'
import { tuneForCapture } from '../../src/engine.ts'
import { Pipeline } from '../../src/pipeline.ts'
import { Store } from '../../src/store/store.ts'
import * as payload from './mysql-login.ts'

// as a capture does
tuneForCapture()
const [path = ':memory:', connections = '10000', statements = '1000', digests = '10000'] = process.argv.slice(2)
const connectionCount = Number(connections)
const statementCount = Number(statements)
const digestCount = Number(digests)
/** Of each connection, each of another statement. */
const executions = 10

const packet = (sequence: number, payload: Buffer) =>
  Buffer.concat([Buffer.of(payload.length & 0xff, payload.length >> 8, 0, sequence), payload])
/** One buffer for whatever is said, as a capture reads all of it from one ring: the memory measured is not to be that of what is made up. */
const scratch = Buffer.alloc(256)
const finish = (sequence: number, length: number) => {
  scratch.writeUIntLE(length, 0, 3)
  scratch[3] = sequence
  return scratch.subarray(0, 4 + length)
}
const preparation = (digest: number) => {
  scratch[4] = 0x16
  return finish(0, 1 + scratch.write(`SELECT c, d FROM shop_${digest} WHERE id = ? AND k > ?`, 5, 'latin1'))
}
const definition = Buffer.from('0364656600000001780163 0c3f00 00000000 fd 0000 00 0000'.replaceAll(' ', ''), 'hex')
/** Two parameters, no columns; definitions end with an EOF. Packets after the first are the same in each. */
const prepared = (() => {
  const head = packet(1, Buffer.from('00 00000000 0000 0200 00 0000'.replaceAll(' ', ''), 'hex'))
  const eof = packet(4, Buffer.from('fe00000200', 'hex'))
  const answer = Buffer.concat([head, packet(2, definition), packet(3, definition), eof])
  return (id: number) => {
    answer.writeUInt32LE(id, 5)
    return answer
  }
})()
const executed = '17 00000000 00 01000000 00 01 0300 0300 01000000 02000000'.replaceAll(' ', '')
const execution = (id: number) => {
  const length = scratch.write(executed, 4, 'hex')
  scratch.writeUInt32LE(id, 5)
  return finish(0, length)
}
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

giveBackProgramPages()
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
    say(id, 'received', preparation((id * statementCount + i) % digestCount))
    say(id, 'sent', prepared(i + 1))
  }
  // as the capture does on its timer
  if (i % 2 === 1) pipeline.flush()
}
tell('prepared')
for (let i = 0; i < executions; i++) {
  for (let id = 0; id < connectionCount; id++) {
    say(id, 'received', execution(((id + i * 37) % statementCount) + 1))
    say(id, 'sent', ok)
  }
  pipeline.flush()
  if (i === 0) tell('executed')
}
tell('executed ten')
const dropped = pipeline.connections.losses()['droppedStatements'] ?? 0
process.stdout.write(`${JSON.stringify({ step: 'end', dropped })}\n`)
process.exit(0)
