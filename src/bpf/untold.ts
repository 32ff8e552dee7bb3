/**
 * What the kernel could not tell when the ring was full (probes/overload.h), read from its map of connections: the holes of
 * those that gave an exchange up and have been silent since, and the ends of those that are there no more. What is found is
 * written as records, so that it goes the way of all others.
 */
import { eventBytes, eventKind, eventLayout, EventMemory } from './event.ts'
import { libbpf } from './libbpf.ts'

/** Byte offsets of `struct connection` of probes/maps.h. */
export const connectionLayout = {
  id: 0,
  remote_port: 12,
  local_port: 14,
  role: 16,
  given_up: 28,
  sequence: 32,
  position: 40,
} as const
export const connectionBytes = 96
/** `struct unix_connection` of probes/unix-connection.h begins with the same. */
export const unixConnectionBytes = 128

/** Entries read in one system call; more than any bucket of the map holds. */
const batchEntries = 1024
const noEntry = -2
const keyBytes = 8
const roleConnected = 1

interface ConnectionMap {
  fd: number
  valueBytes: number
}

interface Hole {
  connection: number
  /** Direction of the requests: 0 sent, 1 received. */
  requests: 0 | 1
  position: [number, number]
  sequence: [number, number]
}

interface Look {
  /** Bytes that had come into the ring by then: what they tell is older than what the map says. */
  produced: bigint
  at: number
  holes: Hole[]
  /** Connections that were open by what had been told, and were not in the map. */
  gone: number[]
}

export class Untold {
  /** Ends that the ring never told. */
  ends = 0
  readonly #maps: readonly ConnectionMap[]
  readonly #open = new Set<number>()
  readonly #position = new Uint32Array(1)
  readonly #keys = new Uint8Array(batchEntries * keyBytes)
  readonly #values = new EventMemory(new ArrayBuffer(batchEntries * unixConnectionBytes))
  readonly #event = new EventMemory(new ArrayBuffer(eventBytes.data_event))
  #look: Look | null = null

  constructor(maps: readonly ConnectionMap[]) {
    this.#maps = maps
  }

  opened(connection: number): void {
    this.#open.add(connection)
  }

  closed(connection: number): void {
    this.#open.delete(connection)
  }

  /** A look waits for the ring to be read so far. */
  get waiting(): boolean {
    return this.#look !== null
  }

  /** @param produced bytes that have come into the ring so far */
  look(produced: bigint, at: number): void {
    const gone = new Set(this.#open)
    const holes: Hole[] = []
    const onEntry = (memory: EventMemory, offset: number) => {
      const connection = memory.wide(offset + connectionLayout.id)
      gone.delete(connection)
      if (memory.bytes[offset + connectionLayout.given_up] === 1) holes.push(holeOf(memory, offset, connection))
    }
    const all = this.#maps.every((map) => this.#eachEntry(map, onEntry))
    // what was not found in a part of the map may be in the rest
    if (all) this.#look = { produced, at, holes, gone: [...gone] }
  }

  /**
   * Tells of what was found, once all that came before has been told. `length` bytes of `memory` are valid only during the call.
   * @param consumed bytes of the ring read so far
   * @param began CLOCK_MONOTONIC nanoseconds at which the capture began
   */
  tell(consumed: bigint, began: number, onRecord: (memory: EventMemory, length: number) => void): void {
    const look = this.#look
    if (look === null || consumed < look.produced) return
    this.#look = null
    const time = BigInt(Math.round(look.at + began))
    for (const hole of look.holes) {
      if (!this.#open.has(hole.connection)) continue
      this.#writeHole(hole, hole.requests, time)
      onRecord(this.#event, eventBytes.data_event)
      this.#writeHole(hole, hole.requests === 0 ? 1 : 0, time)
      onRecord(this.#event, eventBytes.data_event)
    }
    for (const connection of look.gone) {
      if (!this.#open.has(connection)) continue
      this.ends++
      const view = this.#fresh(eventKind.close)
      view.setBigUint64(eventLayout.close_event.connection, BigInt(connection), true)
      view.setBigUint64(eventLayout.close_event.time_ns, time, true)
      onRecord(this.#event, eventBytes.close_event)
    }
  }

  #writeHole({ connection, position, sequence }: Hole, direction: 0 | 1, time: bigint): void {
    const { data_event: layout } = eventLayout
    const view = this.#fresh(eventKind.data)
    view.setUint8(layout.direction, direction)
    view.setBigUint64(layout.connection, BigInt(connection), true)
    view.setBigUint64(layout.time_ns, time, true)
    view.setBigUint64(layout.position, BigInt(position[direction]), true)
    view.setUint32(layout.sequence, sequence[direction], true)
  }

  #fresh(kind: number): DataView {
    this.#event.bytes.fill(0)
    this.#event.bytes[0] = kind
    return new DataView(this.#event.bytes.buffer)
  }

  /** @returns whether all were read */
  #eachEntry({ fd, valueBytes }: ConnectionMap, onEntry: (memory: EventMemory, offset: number) => void): boolean {
    const from = new Uint8Array(this.#position.buffer)
    const { bytes } = this.#values
    for (let first = true; ; first = false) {
      const { result, count } = libbpf().lookupBatch(fd, first ? null : from, from, this.#keys, bytes, batchEntries)
      if (result !== 0 && result !== noEntry) return false
      for (let i = 0; i < count; i++) onEntry(this.#values, i * valueBytes)
      if (result === noEntry) return true
    }
  }
}

function holeOf(memory: EventMemory, offset: number, connection: number): Hole {
  const { role, local_port, remote_port, position, sequence } = connectionLayout
  const bySide = memory.bytes[offset + role]
  const connected =
    bySide === 0 ? memory.half(offset + local_port) > memory.half(offset + remote_port) : bySide === roleConnected
  return {
    connection,
    requests: connected ? 0 : 1,
    position: [memory.wide(offset + position), memory.wide(offset + position + 8)],
    sequence: [memory.word(offset + sequence), memory.word(offset + sequence + 4)],
  }
}
