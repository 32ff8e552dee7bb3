/** A packet of either side, and who takes it. */

/** Valid only during the call that hands it out. */
export interface Packet {
  /** Of the first part. */
  sequence: number
  /** Sequence id of the last part. */
  lastSequence: number
  /** Payload bytes of all parts. */
  length: number
  /** The payload, or its beginning: `bytes` from `start` to `end`. */
  bytes: Uint8Array
  start: number
  end: number
  /** When its first byte and its last byte were seen, nanoseconds since the capture began. */
  startedAt: number
  endedAt: number
  /** Bytes of this side's stream before the packet. */
  position: number
}

export interface PacketSink {
  packet(packet: Packet): void
  /**
   * Passes over whole packets at `start` that need not be read one by one. @param firstAt when the first byte was seen
   * @returns how many bytes; 0: none of them
   */
  pass(bytes: Uint8Array, start: number, end: number, at: number, firstAt: number): number
  /** A gap hides where the next packet begins. */
  lost(): void
  /** Bytes, from one offset to another, that belong to no known packet. */
  unframed(bytes: Uint8Array, from: number, end: number, at: number): void
}
