/**
 * Nanoseconds of one core from a ring record to a digested, aggregated statement: point selects of 16 connections, laid
 * out in memory as the kernel lays them out in the ring. The yardstick in the same run is decoding those records alone.
 */
import { Buffer } from 'node:buffer'
import { decodeEvent, EventMemory, eventBytes, eventKind, eventLayout, type EventSink } from '../../src/bpf/event.ts'
import { Connections } from '../../src/connections/connections.ts'
import type { Opened } from '../../src/capture/source.ts'
import { tuneForCapture } from '../../src/engine.ts'
import { Intake } from '../../src/store/intake.ts'
import { Store } from '../../src/store/store.ts'
import { ratio, type Row } from './table.ts'

const connections = 16
const statementsPerBatch = 4096
const batches = 120
const warmUp = 20

const packet = (sequence: number, payload: Buffer) =>
  Buffer.concat([Buffer.of(payload.length & 0xff, payload.length >> 8, 0, sequence), payload])
const counted = (text: string) => Buffer.concat([Buffer.of(text.length), Buffer.from(text)])

function request(id: number): Buffer {
  return packet(0, Buffer.concat([Buffer.of(3), Buffer.from(`SELECT c FROM sbtest${(id % 10) + 1} WHERE id=${id}`)]))
}

/** One column, one row of 120 characters, as sysbench's point select has it; with EOF packets. */
function response(): Buffer {
  const names = ['def', 'sbtest', 'sbtest1', 'sbtest1', 'c', 'c'].map(counted)
  const definition = Buffer.concat([...names, Buffer.from('0c2d00e0010000fe0000000000', 'hex')])
  const eof = Buffer.of(0xfe, 0, 0, 2, 0)
  const row = counted('x'.repeat(119))
  return Buffer.concat([packet(1, Buffer.of(1)), packet(2, definition), packet(3, eof), packet(4, row), packet(5, eof)])
}

/** The connection's beginning, so that capabilities are known as they are of any connection that the capture saw open. */
function handshake(): { fromServer: Buffer[]; fromClient: Buffer[] } {
  const version = Buffer.from('10.11.6-MariaDB\0')
  const salt = Buffer.alloc(8, 'a')
  const lower = Buffer.from('fef72d0200ff8115', 'hex')
  const rest = Buffer.concat([
    Buffer.alloc(10),
    Buffer.alloc(12, 'b'),
    Buffer.of(0),
    Buffer.from('mysql_native_password\0'),
  ])
  const greeting = Buffer.concat([
    Buffer.of(10),
    version,
    Buffer.of(7, 0, 0, 0),
    salt,
    Buffer.of(0),
    lower,
    Buffer.of(21),
    rest,
  ])
  const names = Buffer.from('sbtest\0\0shop\0mysql_native_password\0')
  const login = Buffer.concat([Buffer.from('8da20a000000004021', 'hex'), Buffer.alloc(23), names])
  return {
    fromServer: [packet(0, greeting), packet(2, Buffer.of(0, 0, 0, 2, 0, 0, 0))],
    fromClient: [packet(1, login)],
  }
}

interface Place {
  offset: number
  length: number
}

/** TCP begins to count at a number of its own in each direction of each connection. */
function firstSequence(connection: number, way: number): number {
  return Math.imul(2 * connection + way + 1, 0x9e3779b1) >>> 0
}

/** Two records a statement; positions, sequence numbers and times are moved on before each batch. */
class Batch {
  readonly memory: EventMemory
  readonly places: Place[] = []
  readonly #positions: [number, number][]
  #time = 1e6

  constructor(sent: number, received: number) {
    this.#positions = Array.from({ length: connections }, () => [sent, received])
    const payloads: Buffer[] = []
    for (let i = 0; i < statementsPerBatch; i++) payloads.push(request(i * 7919), response())
    let offset = 0
    for (const { length } of payloads) {
      this.places.push({ offset, length: eventBytes.data_event + length })
      offset += (eventBytes.data_event + length + 7) & ~7
    }
    this.memory = new EventMemory(new ArrayBuffer(offset))
    const { data_event: data } = eventLayout
    for (const [i, payload] of payloads.entries()) {
      const place = this.places[i]
      if (place === undefined) continue
      const view = new DataView(this.memory.bytes.buffer, place.offset)
      view.setUint8(data.kind, eventKind.data)
      view.setUint8(data.direction, i & 1)
      view.setUint32(data.copied, payload.length, true)
      view.setUint32(data.moved, payload.length, true)
      view.setBigUint64(data.connection, BigInt(((i >> 1) % connections) + 1), true)
      this.memory.bytes.set(payload, place.offset + eventBytes.data_event)
    }
  }

  /** The kernel leaves no garbage in the engine's memory: neither does this. */
  advance(): void {
    const { data_event: data } = eventLayout
    const { words } = this.memory
    for (let i = 0; i < this.places.length; i++) {
      const place = this.places[i]
      const positions = this.#positions[(i >> 1) % connections]
      if (place === undefined || positions === undefined) continue
      const way = i & 1
      const position = positions[way] ?? 0
      this.#time += 20_000
      words[(place.offset + data.time_ns) >>> 2] = this.#time
      words[(place.offset + data.time_ns + 4) >>> 2] = this.#time / 2 ** 32
      words[(place.offset + data.position) >>> 2] = position
      words[(place.offset + data.sequence) >>> 2] = firstSequence((i >> 1) % connections, way) + position
      positions[way] = position + place.length - eventBytes.data_event
    }
  }

  run(sink: EventSink): number {
    const began = process.hrtime.bigint()
    for (const { offset, length } of this.places) decodeEvent(this.memory, offset, length, 0, sink)
    return Number(process.hrtime.bigint() - began)
  }
}

function opened(connection: number): Opened {
  return {
    connection,
    at: 0,
    role: 'connected',
    midLife: false,
    vantage: 'socket',
    local: { address: '10.0.0.1', port: 40_000 + connection },
    remote: { address: '10.0.0.2', port: 3306 },
    unix: null,
    netns: 1,
    pid: 1,
    comm: 'bench',
  }
}

function connectIn(id: number, sink: EventSink, fromServer: Buffer[], fromClient: Buffer[]): void {
  const [greeting, ok] = fromServer
  const [login] = fromClient
  if (greeting === undefined || ok === undefined || login === undefined) return
  sink.moved(id, 'received', 0, greeting.length, 0, false, greeting, 1)
  sink.moved(id, 'sent', 0, login.length, 0, false, login, 2)
  sink.moved(id, 'received', greeting.length, ok.length, 0, false, ok, 3)
}

/** @returns nanoseconds a statement, the median of the batches */
function measured(sink: EventSink, after: () => void): number {
  const { fromServer, fromClient } = handshake()
  const bytes = (parts: Buffer[]) => parts.reduce((sum, part) => sum + part.length, 0)
  const batch = new Batch(bytes(fromClient), bytes(fromServer))
  for (let id = 1; id <= connections; id++) connectIn(id, sink, fromServer, fromClient)
  const times: number[] = []
  for (let i = 0; i < batches; i++) {
    batch.advance()
    const time = batch.run(sink)
    after()
    if (i >= warmUp) times.push(time / statementsPerBatch)
  }
  return times.toSorted((a, b) => a - b)[times.length >> 1] ?? Number.NaN
}

export function ringToTotal(): Row[] {
  // as the commands do
  tuneForCapture()
  const store = Store.inMemory()
  const intake = new Intake({ store, slowNs: 100e6, epochNs: 1_777_636_800_000_000_000n })
  const table = new Connections({ sink: intake, ignore: () => {} })
  for (let id = 1; id <= connections; id++) table.opened(opened(id), null)
  let bytes = 0
  const decoding: EventSink = {
    opened() {},
    addingUp() {},
    moved: (_connection, _direction, _position, moved) => void (bytes += moved),
    closed() {},
  }
  const whole: EventSink = {
    opened() {},
    addingUp() {},
    moved: (connection, direction, position, moved, sequence, inFlight, bytes, at, start, end) =>
      table.moved(connection, direction, position, moved, sequence, inFlight, bytes, at, start, end),
    closed() {},
  }
  const alone = measured(decoding, () => {})
  const total = measured(whole, () => intake.flush())
  const incomplete = Number(store.database.prepare('SELECT sum(incomplete) FROM totals').pluck().get())
  if (incomplete > 0) throw new Error(`${incomplete} statements were not complete`)
  const seen = intake.exchanges
  if (seen < statementsPerBatch * batches * 0.99 || bytes === 0) throw new Error(`only ${seen} statements were seen`)
  store.close()
  return [
    ['ring records of a statement decoded, nothing done with them', `${alone.toFixed(0)} ns`],
    ['ring records to parsed, digested, aggregated statement', `${total.toFixed(0)} ns`],
    ['the second to the first', ratio(total, alone)],
  ]
}
