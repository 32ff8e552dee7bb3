/** Decodes one ring-buffer record in place and tells the sink. Mirrors probes/event.h; a test compares both with the object's BTF. */
import { Buffer } from 'node:buffer'
import type { Opened, SourceSink } from '../capture/source.ts'

export const eventKind = { open: 1, data: 2, close: 3, openUnix: 4 } as const

/** Byte offsets of the fields, by struct of probes/event.h. */
export const eventLayout = {
  data_event: {
    kind: 0,
    direction: 1,
    flags: 2,
    copied: 4,
    connection: 8,
    time_ns: 16,
    position: 24,
    moved: 32,
    pid: 36,
    tid: 40,
    sequence: 44,
  },
  open_event: {
    kind: 0,
    role: 1,
    flags: 2,
    family: 4,
    connection: 8,
    time_ns: 16,
    cgroup: 24,
    netns: 32,
    pid: 36,
    local_port: 40,
    remote_port: 42,
    local: 48,
    remote: 64,
    comm: 80,
  },
  open_unix_event: {
    kind: 0,
    role: 1,
    flags: 2,
    path_bytes: 4,
    path_end: 6,
    connection: 8,
    time_ns: 16,
    cgroup: 24,
    netns: 32,
    pid: 36,
    inode: 40,
    peer_inode: 48,
    peer_pid: 56,
    comm: 64,
    path: 80,
  },
  close_event: { kind: 0, connection: 8, time_ns: 16, position: 24 },
} as const

export const eventBytes = { data_event: 48, open_event: 96, open_unix_event: 192, close_event: 40 } as const

const data = eventLayout.data_event
const open = eventLayout.open_event
const openUnix = eventLayout.open_unix_event
const close = eventLayout.close_event
const sendInFlightFlag = 1
const addingUpFlag = 2
const midLifeFlag = 1
const familyInet6 = 10
const pathEnd = { local: 1, remote: 2 } as const
const longestPath = 108
const roles = [null, 'connected', 'accepted'] as const

/** The memory that records lie in, seen by width: records begin at multiples of 8. */
export class EventMemory {
  readonly bytes: Uint8Array
  readonly words: Uint32Array

  constructor(buffer: ArrayBuffer) {
    this.bytes = new Uint8Array(buffer)
    this.words = new Uint32Array(buffer, 0, buffer.byteLength >>> 2)
  }

  /** A 64-bit field as a number: exact below 2^53, which times (104 days), positions and ids stay under. */
  wide(offset: number): number {
    const index = offset >>> 2
    const low = this.words[index] ?? 0
    const high = this.words[index + 1] ?? 0
    // most are small: the engine keeps these without memory of their own
    return high === 0 ? low : low + high * 4294967296
  }

  word(offset: number): number {
    return this.words[offset >>> 2] ?? 0
  }

  half(offset: number): number {
    return (this.bytes[offset] ?? 0) | ((this.bytes[offset + 1] ?? 0) << 8)
  }
}

/** An open record with what only the kernel side can tell of its process. */
export interface KernelOpened extends Opened {
  netns: number
  pid: number
  comm: string
  /** Id of the cgroup v2. */
  cgroup: number
}

export interface EventSink extends Omit<SourceSink, 'opened' | 'tick'> {
  opened(opened: KernelOpened): void
  /** Calls of this connection add up in the kernel from now on: told before the record that says so. */
  addingUp(connection: number): void
}

/**
 * @param began CLOCK_MONOTONIC nanoseconds at which the capture began
 * @returns false when the record is none that this version knows
 */
export function decodeEvent(
  memory: EventMemory,
  offset: number,
  length: number,
  began: number,
  sink: EventSink,
): boolean {
  const at = memory.wide(offset + data.time_ns) - began
  switch (memory.bytes[offset]) {
    case eventKind.data: {
      if (length < eventBytes.data_event) return false
      const copied = memory.word(offset + data.copied)
      if (copied > length - eventBytes.data_event) return false
      const payload = offset + eventBytes.data_event
      if ((memory.half(offset + data.flags) & addingUpFlag) !== 0) sink.addingUp(memory.wide(offset + data.connection))
      sink.moved(
        memory.wide(offset + data.connection),
        memory.bytes[offset + data.direction] === 0 ? 'sent' : 'received',
        memory.wide(offset + data.position),
        memory.word(offset + data.moved),
        memory.word(offset + data.sequence),
        (memory.half(offset + data.flags) & sendInFlightFlag) !== 0,
        memory.bytes,
        at,
        payload,
        payload + copied,
      )
      return true
    }
    case eventKind.open:
      if (length < eventBytes.open_event) return false
      sink.opened(openedOf(memory, offset, at))
      return true
    case eventKind.openUnix:
      if (length < eventBytes.open_unix_event) return false
      sink.opened(openedUnixOf(memory, offset, at))
      return true
    case eventKind.close:
      if (length < eventBytes.close_event) return false
      sink.closed(
        memory.wide(offset + close.connection),
        memory.wide(offset + close.position),
        memory.wide(offset + close.position + 8),
        at,
      )
      return true
    default:
      return false
  }
}

function openedOf(memory: EventMemory, offset: number, at: number): KernelOpened {
  const inet6 = memory.half(offset + open.family) === familyInet6
  const address = (field: number) => addressOf(memory.bytes.subarray(offset + field, offset + field + 16), inet6)
  return {
    connection: memory.wide(offset + open.connection),
    at,
    role: roles[memory.bytes[offset + open.role] ?? 0] ?? null,
    midLife: (memory.half(offset + open.flags) & midLifeFlag) !== 0,
    vantage: 'socket',
    local: { address: address(open.local), port: memory.half(offset + open.local_port) },
    remote: { address: address(open.remote), port: memory.half(offset + open.remote_port) },
    unix: null,
    netns: memory.word(offset + open.netns),
    pid: memory.word(offset + open.pid),
    comm: commOf(memory, offset + open.comm),
    cgroup: memory.wide(offset + open.cgroup),
  }
}

function openedUnixOf(memory: EventMemory, offset: number, at: number): KernelOpened {
  const bytes = Math.min(memory.half(offset + openUnix.path_bytes), longestPath)
  const path = socketPath(memory.bytes.subarray(offset + openUnix.path, offset + openUnix.path + bytes))
  const end = memory.bytes[offset + openUnix.path_end]
  return {
    connection: memory.wide(offset + openUnix.connection),
    at,
    role: roles[memory.bytes[offset + openUnix.role] ?? 0] ?? null,
    midLife: (memory.half(offset + openUnix.flags) & midLifeFlag) !== 0,
    vantage: 'socket',
    local: { address: end === pathEnd.local ? path : null, port: null },
    remote: { address: end === pathEnd.remote ? path : null, port: null },
    unix: {
      inode: memory.wide(offset + openUnix.inode),
      peerInode: memory.wide(offset + openUnix.peer_inode) || null,
      peerPid: memory.word(offset + openUnix.peer_pid) || null,
    },
    netns: memory.word(offset + openUnix.netns),
    pid: memory.word(offset + openUnix.pid),
    comm: commOf(memory, offset + openUnix.comm),
    cgroup: memory.wide(offset + openUnix.cgroup),
  }
}

function commOf(memory: EventMemory, offset: number): string {
  const comm = memory.bytes.subarray(offset, offset + 16)
  const end = comm.indexOf(0)
  return Buffer.from(end < 0 ? comm : comm.subarray(0, end)).toString('utf8')
}

/** An abstract name begins with a zero byte and may hold more of them: each is written `@`, as in /proc/net/unix. */
export function socketPath(bytes: Uint8Array): string | null {
  if (bytes.length === 0) return null
  if (bytes[0] === 0) return Buffer.from(bytes).toString('utf8').replaceAll('\0', '@')
  const end = bytes.indexOf(0)
  return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString('utf8')
}

/** Text of an address; an IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2) is the IPv4 address it carries. */
export function addressOf(bytes: Uint8Array, inet6: boolean): string {
  if (!inet6) return bytes.subarray(0, 4).join('.')
  const mapped = bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff
  if (mapped) return bytes.subarray(12, 16).join('.')
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0))
  return compressed(groups)
}

/** RFC 5952: the longest run of two and more zero groups, the first of equals, becomes `::`. */
function compressed(groups: number[]): string {
  let best = { start: -1, length: 1 }
  for (let start = 0; start < 8; start++) {
    let length = 0
    while (start + length < 8 && groups[start + length] === 0) length++
    if (length > best.length) best = { start, length }
  }
  const hex = (part: number[]) => part.map((group) => group.toString(16)).join(':')
  if (best.start < 0) return hex(groups)
  return `${hex(groups.slice(0, best.start))}::${hex(groups.slice(best.start + best.length))}`
}
