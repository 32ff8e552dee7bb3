/** The named bounds of reassembly: what it keeps, how long it waits, and what giving up costs, by cause. */

export interface TcpLimits {
  /** Connections followed at a time; beyond that, those idle longest are let go. */
  mostConnections: number
  /** Closed connections remembered, so that what comes late is not taken for a connection in mid-life. */
  mostClosed: number
  /** Bytes held back of one connection until what precedes them comes. */
  heldBytesOfConnection: number
  /** The same of all connections together. */
  heldBytes: number
  /** How long bytes that were acknowledged may come late: they arrived, so only the capture can have them in disorder. */
  disorderNs: number
  /** How long a retransmission is waited for. */
  retransmissionNs: number
  /** The same where the other direction shows nothing, so that nobody can acknowledge. */
  oneSidedNs: number
  /** No sender is so far ahead of what was acknowledged: what is held and lies further on belongs to no stream. */
  windowBytes: number
  /** A reset may lie so far beyond what was seen. */
  resetBytes: number
}

export const tcpLimits: TcpLimits = {
  mostConnections: 65_536,
  mostClosed: 16_384,
  heldBytesOfConnection: 4 << 20,
  heldBytes: 32 << 20,
  disorderNs: 20e6,
  retransmissionNs: 10e9,
  oneSidedNs: 1e9,
  windowBytes: 64 << 20,
  resetBytes: 1 << 20,
}

/** How long a closed connection is remembered, in nanoseconds of the capture. */
export const closedNs = 60e9
/** Nanoseconds of the capture between two looks at what waits. */
export const lookNs = 5e6

export interface TcpCounts {
  segments: number
  connections: number
  /** Payload that came again: sent again, or seen at another place of the same capture. */
  retransmitted: number
  duplicates: number
  /** Payload that came before what precedes it. */
  outOfOrder: number
  /** Holes in streams, and their bytes: the capture lacks these segments. */
  lost: number
  lostBytes: number
  /** Bytes that a snapshot length left out. */
  cutBytes: number
  /** Times that a bound ended a wait. */
  gaveUp: number
  /** Connections let go because there were too many. */
  forgotten: number
  /** Segments that belong to no place of their stream, and resets outside the window. */
  strayed: number
}

export const freshTcpCounts = (): TcpCounts => ({
  segments: 0,
  connections: 0,
  retransmitted: 0,
  duplicates: 0,
  outOfOrder: 0,
  lost: 0,
  lostBytes: 0,
  cutBytes: 0,
  gaveUp: 0,
  forgotten: 0,
  strayed: 0,
})
