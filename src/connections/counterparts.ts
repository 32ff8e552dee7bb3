/**
 * Finds the other end of a connection by its TCP sequence numbers: both ends begin to count at the same two random numbers,
 * and address translation, which may change either address and port, leaves them alone. Equal addresses alone prove nothing:
 * containers of different networks may have them. The ends of a unix-domain socket count alike, and know one another besides.
 */
import type { Way } from '../../parsers/detection.ts'
import type { Address, UnixSocket } from '../capture/source.ts'
import type { Connection } from './connection.ts'

/** Runs (bytes of one direction up to the next of the other) by which every connection looks for its other end. */
const mostRuns = 8
/** Later, of so many runs one is tried, the same one by both ends: that of an end which is seen late is found all the same. */
const sampledRuns = 64

export interface Found {
  other: Connection
  /** Else the sequence number of one direction agrees alone, which may be chance. */
  proven: boolean
}

/** What one connection has looked up so far. */
export class Search {
  runs = 0
  /** Under which its last run is found, by way. */
  readonly keys: [number, number] = [-1, -1]
  /** Ways in which the presumed other end agrees: bits. */
  agreed = 0

  /** The other end is found. */
  isOver = false

  /** Whether a run that begins with this sequence number is looked up. */
  wants(sequence: number): boolean {
    return !this.isOver && (this.runs < mostRuns || isSampled(sequence))
  }
}

export class Counterparts {
  readonly #byRun = new Map<number, Connection>()

  /** @param sequence TCP sequence number of the first byte of a run that is to be looked up */
  began(connection: Connection, way: Way, sequence: number): Found | null {
    const { search } = connection
    search.runs++
    const key = keyOf(way, sequence)
    this.#drop(connection, way)
    search.keys[way] = key
    this.#byRun.set(key, connection)
    const other = this.#byRun.get(keyOf(opposite(way), sequence))
    if (other === undefined || !mayBeEnds(connection, other)) return null
    if (connection.partner !== other) search.agreed = other.search.agreed = 0
    search.agreed |= 1 << way
    other.search.agreed |= 1 << opposite(way)
    // the other direction is looked at as well, also where both are old
    search.runs = other.search.runs = 0
    return { other, proven: search.agreed === 3 || clientsEndAgrees(connection, other) }
  }

  forget(connection: Connection): void {
    this.#drop(connection, 0)
    this.#drop(connection, 1)
  }

  #drop(connection: Connection, way: Way): void {
    const key = connection.search.keys[way]
    if (this.#byRun.get(key) === connection) this.#byRun.delete(key)
  }
}

function opposite(way: Way): Way {
  return way === 0 ? 1 : 0
}

function keyOf(way: Way, sequence: number): number {
  return way * 2 ** 32 + sequence
}

/** By all bits: sequence numbers move on by the lengths of messages. */
function isSampled(sequence: number): boolean {
  return (Math.imul(sequence, 0x9e3779b1) >>> 16) % sampledRuns === 0
}

function mayBeEnds(one: Connection, other: Connection): boolean {
  if (one === other || other.counterpart !== null || !mayBePeers(one.opened.unix, other.opened.unix)) return false
  return one.opened.role === null || one.opened.role !== other.opened.role
}

/** Of unix-domain sockets one at least knows the other's number; the one that is met before its peer is accepted does not. */
function mayBePeers(one: UnixSocket | null, other: UnixSocket | null): boolean {
  if (one === null || other === null) return one === other
  return one.peerInode === other.inode || other.peerInode === one.inode
}

/** The client's address and port are the same at both ends, as without translation and behind a service's address. */
function clientsEndAgrees(one: Connection, other: Connection): boolean {
  if (one.opened.unix !== null) return true
  const client = one.opened.role === 'connected' || other.opened.role === 'accepted' ? one : other
  const server = client === one ? other : one
  if (!isSame(client.opened.local, server.opened.remote)) return false
  // without a role the "client" may be the server, whose address is that of all its connections
  return client.opened.role !== null || server.opened.role !== null || isSame(client.opened.remote, server.opened.local)
}

function isSame(one: Address, other: Address): boolean {
  return one.port === other.port && one.address === other.address
}
