/** A packet of either side, and who takes it. */
import type { Side } from '../parser.ts'
import { fullPart } from './packet-header.ts'

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
  packet(side: Side, packet: Packet): void
  /**
   * Passes over whole packets at `start` that need not be read one by one. @param firstAt when the first byte was seen
   * @returns how many bytes; 0: none of them
   */
  pass(side: Side, bytes: Uint8Array, start: number, end: number, at: number, firstAt: number): number
  /** A gap hides where the next packet begins. */
  lost(side: Side): void
  /** Bytes, from one offset to another, that belong to no known packet. */
  unframed(side: Side, bytes: Uint8Array, from: number, end: number, at: number): void
}

export function freshPacket(): Packet {
  return {
    sequence: 0,
    lastSequence: 0,
    length: 0,
    bytes: noBytes,
    start: 0,
    end: 0,
    startedAt: 0,
    endedAt: 0,
    position: 0,
  }
}

/** Its last part is full: there is another one, which may be empty. */
export function mayGoOn({ length }: Packet): boolean {
  return length > 0 && length % fullPart === 0
}

export const noBytes = new Uint8Array(0)

/** Nearly every packet: it lies whole in one chunk, and is over when the next begins. */
export const packetInPlace = freshPacket()
