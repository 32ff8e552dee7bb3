/**
 * Writes TCP conversations as a pcap file: Ethernet, IPv4 and TCP as they would lie on a wire, with right checksums,
 * sequence numbers and acknowledgements, in segments of at most 1,448 bytes.
 */
import { Buffer } from 'node:buffer'
import type { Side } from '../../parsers/parser.ts'

const ethernetBytes = 14
const ipBytes = 20
const tcpBytes = 20
const headersBytes = ethernetBytes + ipBytes + tcpBytes
const recordBytes = 16
/** What a segment carries on Ethernet, with TCP's timestamps. */
export const segmentBytes = 1448

/** TCP's flags. */
export const tcp = { FIN: 0x01, SYN: 0x02, RST: 0x04, PSH: 0x08, ACK: 0x10 } as const

export interface Address {
  /** IPv4. */
  address: string
  port: number
}

/** Magic number of nanoseconds, version 2.4, no zone, a snapshot length of 256 KiB, Ethernet. */
export function pcapHeader(): Buffer {
  const header = Buffer.alloc(24)
  header.writeUInt32LE(0xa1b23c4d, 0)
  header.writeUInt16LE(2, 4)
  header.writeUInt16LE(4, 6)
  header.writeUInt32LE(256 << 10, 16)
  header.writeUInt32LE(1, 20)
  return header
}

/** One TCP connection. Packets go out through a callback, each a pcap record with its frame, in the order of the calls. */
export class TcpConversation {
  readonly #write: (record: Buffer) => void
  readonly #ends: Record<Side, { ip: Buffer; port: number; mac: Buffer; next: number }>
  #ipId = 0

  /** @param initial sequence numbers of both sides' SYN */
  constructor(
    write: (record: Buffer) => void,
    client: Address,
    server: Address,
    initial: Record<Side, number> = { client: 1000, server: 2000 },
  ) {
    this.#write = write
    const end = ({ address, port }: Address, next: number) => {
      const ip = Buffer.from(address.split('.').map(Number))
      return { ip, port, mac: Buffer.concat([Buffer.of(2, 0), ip]), next }
    }
    this.#ends = { client: end(client, initial.client), server: end(server, initial.server) }
  }

  /** @param at nanoseconds since 1970 */
  open(at: bigint): void {
    this.#packet('client', tcp.SYN, empty, at)
    this.#packet('server', tcp.SYN | tcp.ACK, empty, at + 1000n)
    this.#packet('client', tcp.ACK, empty, at + 2000n)
  }

  send(side: Side, bytes: Uint8Array, at: bigint): void {
    for (let from = 0; from < bytes.length; from += segmentBytes) {
      const part = bytes.subarray(from, from + segmentBytes)
      this.#packet(side, from + part.length === bytes.length ? tcp.PSH | tcp.ACK : tcp.ACK, part, at)
    }
  }

  /** These bytes moved, and no packet shows them. */
  skip(side: Side, bytes: number): void {
    this.#ends[side].next = (this.#ends[side].next + bytes) >>> 0
  }

  close(at: bigint): void {
    this.#packet('client', tcp.FIN | tcp.ACK, empty, at)
    this.#packet('server', tcp.FIN | tcp.ACK, empty, at + 1000n)
    this.#packet('client', tcp.ACK, empty, at + 2000n)
  }

  #packet(side: Side, flags: number, payload: Uint8Array, at: bigint): void {
    const from = this.#ends[side]
    const to = this.#ends[side === 'client' ? 'server' : 'client']
    const frameBytes = headersBytes + payload.length
    const record = Buffer.alloc(recordBytes + frameBytes)
    record.writeUInt32LE(Number(at / 1_000_000_000n), 0)
    record.writeUInt32LE(Number(at % 1_000_000_000n), 4)
    record.writeUInt32LE(frameBytes, 8)
    record.writeUInt32LE(frameBytes, 12)
    const frame = record.subarray(recordBytes)
    frame.set(to.mac, 0)
    frame.set(from.mac, 6)
    frame.writeUInt16BE(0x0800, 12)
    this.#writeIp(frame.subarray(ethernetBytes), from.ip, to.ip)
    const segment = frame.subarray(ethernetBytes + ipBytes)
    segment.writeUInt16BE(from.port, 0)
    segment.writeUInt16BE(to.port, 2)
    segment.writeUInt32BE(from.next, 4)
    segment.writeUInt32BE((flags & tcp.ACK) === 0 ? 0 : to.next, 8)
    segment[12] = (tcpBytes / 4) << 4
    segment[13] = flags
    segment.writeUInt16BE(0xffff, 14)
    segment.set(payload, tcpBytes)
    // the pseudo header: both addresses, the protocol, and the segment's length
    const pseudo = sumOf(from.ip) + sumOf(to.ip) + 6 + segment.length
    segment.writeUInt16BE(checksum(pseudo + sumOf(segment)), 16)
    const counts = payload.length + ((flags & (tcp.SYN | tcp.FIN)) === 0 ? 0 : 1)
    from.next = (from.next + counts) >>> 0
    this.#write(record)
  }

  #writeIp(packet: Buffer, from: Buffer, to: Buffer): void {
    packet[0] = 0x45
    packet.writeUInt16BE(packet.length, 2)
    packet.writeUInt16BE((this.#ipId = (this.#ipId + 1) & 0xffff), 4)
    packet.writeUInt16BE(0x4000, 6)
    packet[8] = 64
    packet[9] = 6
    packet.set(from, 12)
    packet.set(to, 16)
    packet.writeUInt16BE(checksum(sumOf(packet.subarray(0, ipBytes))), 10)
  }
}

const empty = new Uint8Array(0)

function sumOf(bytes: Uint8Array): number {
  let sum = 0
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0)
  return sum
}

/** RFC 1071. */
function checksum(sum: number): number {
  let folded = sum
  while (folded > 0xffff) folded = (folded & 0xffff) + (folded >>> 16)
  return ~folded & 0xffff
}
