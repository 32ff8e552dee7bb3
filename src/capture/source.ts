/** What every source of traffic tells, live or from a file: connections that open, bytes that move, connections that close. */
import type { ProcessIdentity } from '../kubernetes/process-identity.ts'

/** As the owner of the local socket sees it. */
export type Direction = 'sent' | 'received'

export interface Opened {
  /** Unique in the life of a capture. */
  connection: number
  /** Nanoseconds since the capture began. */
  at: number
  /** How the socket came to be: `connect` or `accept`; null where that was not seen. */
  role: 'connected' | 'accepted' | null
  midLife: boolean
  local: { address: string; port: number }
  remote: { address: string; port: number }
  /** Where it is watched: at the local end's socket, or by its packets somewhere between the ends. */
  vantage: 'socket' | 'wire'
  /** Inode number of the network namespace. Null, like the two below: packets do not tell it. */
  netns: number | null
  pid: number | null
  comm: string | null
}

export interface SourceSink {
  opened(opened: Opened, identity: ProcessIdentity | null): void
  /**
   * @param position payload bytes that moved in this direction before these
   * @param moved bytes that moved; `bytes` holds the first of them, valid only during the call: from `start` to `end`, or all
   * @param sequence TCP sequence number of the first byte, the same at both ends of the connection
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
  /** @param sent payload bytes that moved in all; the same for `received` */
  closed(connection: number, sent: number, received: number, at: number): void
  /** Everything that happened before `at` has been told. */
  tick(at: number): void
}

/** Lost data by cause, as counted in the kernel and on the way. Zero is reported too. */
export type Losses = Record<string, number>
