/** What every source of traffic tells, live or from a file: connections that open, bytes that move, connections that close. */
import type { ProcessIdentity } from '../kubernetes/process-identity.ts'

/** As the owner of the local socket sees it. */
export type Direction = 'sent' | 'received'

export interface Address {
  /** IP address; of a unix-domain socket its path, an abstract name behind an `@`. Null: it has none. */
  address: string | null
  /** Null: a unix-domain socket. */
  port: number | null
}

/** What tells a unix-domain socket from all others, and which its other end is. */
export interface UnixSocket {
  inode: number
  /** Null: the peer was not accepted yet, or had closed. */
  peerInode: number | null
  /** The process that connected or, seen from there, began to listen; null where that is not known. */
  peerPid: number | null
}

export interface Opened {
  /** Unique in the life of a capture. */
  connection: number
  /** Nanoseconds since the capture began. */
  at: number
  /** How the socket came to be: `connect` or `accept`; null where that was not seen. */
  role: 'connected' | 'accepted' | null
  midLife: boolean
  local: Address
  remote: Address
  /** Null: TCP. */
  unix: UnixSocket | null
  /** Where it is watched: at the local end's socket, or by its packets somewhere between the ends. */
  vantage: 'socket' | 'wire'
  /** Inode number of the network namespace. Null, like the two below: packets do not tell it. */
  netns: number | null
  pid: number | null
  comm: string | null
}

/** Where addresses are translated on the way: those that the ends have themselves, and what each of them takes the other for. */
export interface Translated {
  local: Address
  remote: Address
  localSees: Address
  remoteSees: Address
}

export interface SourceSink {
  /** @param peer identity of the process that a unix-domain socket's peer is known by */
  opened(opened: Opened, identity: ProcessIdentity | null, peer?: ProcessIdentity | null): void
  /**
   * @param position payload bytes that moved in this direction before these
   * @param moved bytes that moved; `bytes` holds the first of them, valid only during the call: from `start` to `end`, or all
   * @param sequence TCP sequence number of the first byte, or a count like it, the same at both ends of the connection
   * @param sendInFlight a send of another thread began before this receive returned, and comes later
   */
  moved(
    connection: number,
    direction: Direction,
    position: number,
    moved: number,
    sequence: number,
    sendInFlight: boolean,
    bytes: Uint8Array,
    at: number,
    start?: number,
    end?: number,
  ): void
  /** From here on, the times of what this connection is told are not its own: nothing that they measure is known. */
  untimed?(connection: number): void
  /** A connection that was told of with the addresses of one place on its way. */
  translated?(connection: number, translated: Translated): void
  /** @param sent payload bytes that moved in all; the same for `received` */
  closed(connection: number, sent: number, received: number, at: number): void
  /** Everything that happened before `at` has been told. */
  tick(at: number): void
}

/** Lost data by cause, as counted in the kernel and on the way. Zero is reported too. */
export type Losses = Record<string, number>
