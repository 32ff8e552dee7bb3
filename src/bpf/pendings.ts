/**
 * What adds up in the kernel past the budgets (probes/pending.h), looked at before it is told: an answer's end must not wait
 * for the next request. What is found is written as data records, so that it goes the way of all others.
 */
import { eventBytes, eventKind, eventLayout, EventMemory } from './event.ts'
import { libbpf } from './libbpf.ts'

/** Byte offsets of `struct pending`. */
export const pendingLayout = {
  version: 0,
  moved: 4,
  position: 8,
  time_ns: 16,
  sequence: 24,
  pid: 28,
  tid: 32,
  direction: 36,
  open: 37,
  tail_bytes: 38,
  tail: 40,
} as const
export const pendingBytes = 232

/** Connections looked at in one go. */
const mostLooks = 512
const tailBytes = 64

/** How far each direction's stream has been told, by what came through the ring and from here. */
interface Watched {
  told: [number, number]
}

export class Pendings {
  readonly #fd: number
  readonly #watched = new Map<number, Watched>()
  readonly #key = new BigUint64Array(1)
  readonly #first = new Uint8Array(pendingBytes)
  readonly #second = new ArrayBuffer(pendingBytes)
  readonly #pending = new EventMemory(this.#second)
  readonly #event = new EventMemory(new ArrayBuffer(eventBytes.data_event + tailBytes))

  constructor(fd: number) {
    this.#fd = fd
  }

  get none(): boolean {
    return this.#watched.size === 0
  }

  /** Calls of this connection add up from now on. */
  watch(connection: number): void {
    if (!this.#watched.has(connection)) this.#watched.set(connection, { told: [0, 0] })
  }

  /** A record of a connection came through the ring. */
  told(connection: number, direction: 0 | 1, end: number): void {
    const watched = this.#watched.get(connection)
    if (watched !== undefined) watched.told[direction] = Math.max(watched.told[direction], end)
  }

  forget(connection: number): void {
    this.#watched.delete(connection)
  }

  /** Tells of what has moved since, after the ring has been read. `length` bytes of `memory` are valid only during the call. */
  pull(onRecord: (memory: EventMemory, length: number) => void): void {
    let looks = Math.min(mostLooks, this.#watched.size)
    for (const [connection, watched] of this.#watched) {
      if (looks-- === 0) break
      // to the end of the line, so that all get their turn
      this.#watched.delete(connection)
      if (this.#look(connection, watched, onRecord)) this.#watched.set(connection, watched)
    }
  }

  /** @returns false when nothing adds up any more */
  #look(connection: number, watched: Watched, onRecord: (memory: EventMemory, length: number) => void): boolean {
    if (!this.#read(connection)) return false
    const { bytes } = this.#pending
    // read twice: a value that changes meanwhile is looked at the next time
    this.#first.set(bytes)
    if (!this.#read(connection)) return false
    const steady = this.#first.every((byte, i) => byte === bytes[i])
    if (!steady || (this.#pending.word(pendingLayout.version) & 1) !== 0) return true
    const direction = bytes[pendingLayout.direction] === 0 ? 0 : 1
    const moved = this.#pending.word(pendingLayout.moved)
    const position = this.#pending.wide(pendingLayout.position)
    const told = watched.told[direction]
    const end = position + moved
    // what comes before is still in the ring
    if (position > told) return true
    if (end > told) {
      const tail = Math.min(this.#pending.half(pendingLayout.tail_bytes), end - told)
      if (end - tail > told) this.#write(connection, direction, told, end - tail - told, 0, onRecord)
      if (tail > 0) this.#write(connection, direction, end - tail, tail, tail, onRecord)
      watched.told[direction] = end
    }
    return bytes[pendingLayout.open] === 1
  }

  #read(connection: number): boolean {
    this.#key[0] = BigInt(connection)
    return libbpf().lookup(this.#fd, new Uint8Array(this.#key.buffer), this.#pending.bytes)
  }

  #write(
    connection: number,
    direction: 0 | 1,
    position: number,
    moved: number,
    copied: number,
    onRecord: (memory: EventMemory, length: number) => void,
  ): void {
    const { data_event: layout } = eventLayout
    const pending = this.#pending
    const skipped = position - pending.wide(pendingLayout.position)
    const view = new DataView(this.#event.bytes.buffer)
    view.setUint8(layout.kind, eventKind.data)
    view.setUint8(layout.direction, direction)
    view.setUint16(layout.flags, 0, true)
    view.setUint32(layout.copied, copied, true)
    view.setBigUint64(layout.connection, BigInt(connection), true)
    view.setBigUint64(layout.time_ns, BigInt(pending.wide(pendingLayout.time_ns)), true)
    view.setBigUint64(layout.position, BigInt(position), true)
    view.setUint32(layout.moved, moved, true)
    view.setUint32(layout.pid, pending.word(pendingLayout.pid), true)
    view.setUint32(layout.tid, pending.word(pendingLayout.tid), true)
    view.setUint32(layout.sequence, (pending.word(pendingLayout.sequence) + skipped) >>> 0, true)
    const end = pendingLayout.tail + pending.half(pendingLayout.tail_bytes)
    this.#event.bytes.set(pending.bytes.subarray(end - copied, end), eventBytes.data_event)
    onRecord(this.#event, eventBytes.data_event + copied)
  }
}
