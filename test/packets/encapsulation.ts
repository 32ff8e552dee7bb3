/** Wraps an IP packet in everything that a capture may show around it: links, VLANs, tunnels, fragments. */
import { Buffer } from 'node:buffer'
import { TcpConversation } from './pcap-writer.ts'

const half = (value: number): Buffer => Buffer.of(value >> 8, value & 0xff)
const word = (value: number): Buffer =>
  Buffer.of(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff)
const macs = Buffer.from('020000000001020000000002', 'hex')
const etherType = (packet: Buffer): number => ((packet[0] ?? 0) >> 4 === 6 ? 0x86dd : 0x0800)

export const conversation = { client: '10.1.0.1:40000', server: '10.1.0.2:3306', said: ['hello ', 'world', 'answer'] }

/** IPv4 packets of a short connection. */
export function ipPackets(): Buffer[] {
  const packets: Buffer[] = []
  const ends = { client: { address: '10.1.0.1', port: 40000 }, server: { address: '10.1.0.2', port: 3306 } }
  // a pcap record's header has 16 bytes, Ethernet's 14
  const tcp = new TcpConversation((record) => packets.push(record.subarray(30)), ends.client, ends.server)
  tcp.open(0n)
  tcp.send('client', Buffer.from('hello '), 0n)
  tcp.send('client', Buffer.from('world'), 0n)
  tcp.send('server', Buffer.from('answer'), 0n)
  tcp.close(0n)
  return packets
}

const ipv4Bytes = 20

/** The sum of an IPv4 header is left out: nobody but routers looks at it. */
export function ipv4(protocol: number, payload: Buffer, place = 0, options = Buffer.alloc(0)): Buffer {
  const header = Buffer.from('4500000000070000400000000a0900010a090002', 'hex')
  header[0] = 0x45 + options.length / 4
  header.writeUInt16BE(ipv4Bytes + options.length + payload.length, 2)
  header.writeUInt16BE(place, 6)
  header[9] = protocol
  return Buffer.concat([header, options, payload])
}

/** The same addresses again, with options in the header. */
export function withOptions(packet: Buffer): Buffer {
  const result = ipv4(6, packet.subarray(ipv4Bytes), 0, Buffer.of(1, 1, 1, 0))
  packet.copy(result, 12, 12, 20)
  return result
}

export function ipv6(next: number, payload: Buffer): Buffer {
  const addresses = Buffer.from('20010db8000000000000000000000001', 'hex')
  return Buffer.concat([
    Buffer.of(0x60, 0, 0, 0),
    half(payload.length),
    Buffer.of(next, 64),
    addresses,
    addresses,
    payload,
  ])
}

/** An IPv4 packet's payload as IPv6's, between addresses that end as its do. */
export function asIpv6(packet: Buffer, next = 6, before = Buffer.alloc(0)): Buffer {
  const result = ipv6(next, Buffer.concat([before, packet.subarray(ipv4Bytes)]))
  packet.copy(result, 20, 12, 16)
  packet.copy(result, 36, 16, 20)
  return result
}

export const extensions = Buffer.concat([
  Buffer.of(60, 0, 1, 4, 0, 0, 0, 0), // hop by hop, then destination options of 16 bytes, then TCP
  Buffer.of(6, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
])

/** Pieces of at most 16 payload bytes, the last one first. */
export function fragments(packet: Buffer): Buffer[] {
  const payload = packet.subarray(ipv4Bytes)
  const pieces: Buffer[] = []
  for (let from = 0; from < payload.length; from += 16) {
    const more = from + 16 < payload.length ? 0x2000 : 0
    const piece = ipv4(6, payload.subarray(from, from + 16), more | (from / 8))
    packet.copy(piece, 4, 4, 6)
    packet.copy(piece, 12, 12, 20)
    pieces.unshift(piece)
  }
  return pieces
}

export function fragments6(packet: Buffer, identification: number): Buffer[] {
  const payload = packet.subarray(ipv4Bytes)
  const cut = 16
  return [0, cut].map((from) => {
    const place = half(from | (from === 0 ? 1 : 0))
    const header = Buffer.concat([Buffer.of(6, 0), place, word(identification)])
    const part = from === 0 ? payload.subarray(0, cut) : payload.subarray(cut)
    return asIpv6(Buffer.concat([packet.subarray(0, ipv4Bytes), part]), 44, header)
  })
}

export const ethernet = (packet: Buffer, type = etherType(packet)): Buffer => Buffer.concat([macs, half(type), packet])
/** As short frames are: filled up to 60 bytes. */
export const padded = (packet: Buffer): Buffer => Buffer.concat([ethernet(packet), Buffer.alloc(12, 0xee)])
export const vlan = (packet: Buffer): Buffer =>
  ethernet(Buffer.concat([half(0x2007), half(etherType(packet)), packet]), 0x8100)
export const qinq = (packet: Buffer): Buffer =>
  ethernet(Buffer.concat([half(5), half(0x8100), half(7), half(etherType(packet)), packet]), 0x88a8)
export const mpls = (packet: Buffer): Buffer =>
  ethernet(Buffer.concat([Buffer.from('0001003f0001113f', 'hex'), packet]), 0x8847)
export const snap = (packet: Buffer): Buffer =>
  Buffer.concat([macs, half(packet.length + 8), Buffer.from('aaaa03000000', 'hex'), half(etherType(packet)), packet])
export const pppoe = (packet: Buffer): Buffer =>
  ethernet(Buffer.concat([Buffer.from('11000001', 'hex'), half(packet.length + 2), half(0x21), packet]), 0x8864)
export const cooked = (packet: Buffer): Buffer =>
  Buffer.concat([Buffer.from('0000000100060200000000010000', 'hex'), half(etherType(packet)), packet])
export const cooked2 = (packet: Buffer): Buffer =>
  Buffer.concat([half(etherType(packet)), Buffer.from('000000000003000100060200000000010000', 'hex'), packet])
export const nullLittle = (packet: Buffer): Buffer =>
  Buffer.concat([Buffer.of(etherType(packet) === 0x0800 ? 2 : 30, 0, 0, 0), packet])
export const loop = (packet: Buffer): Buffer => Buffer.concat([Buffer.of(0, 0, 0, 2), packet])
export const ppp = (packet: Buffer): Buffer => Buffer.concat([half(0x21), packet])
export const pppHdlc = (packet: Buffer): Buffer => Buffer.concat([Buffer.of(0xff, 3), half(0x21), packet])

function udp(port: number, payload: Buffer): Buffer {
  return ipv4(17, Buffer.concat([half(50_000), half(port), half(payload.length + 8), half(0), payload]))
}

export const vxlan = (packet: Buffer): Buffer =>
  ethernet(udp(4789, Buffer.concat([word(0x08000000), word(42 << 8), ethernet(packet)])))
export const geneve = (packet: Buffer): Buffer =>
  ethernet(udp(6081, Buffer.concat([Buffer.of(1, 0), half(0x6558), word(42 << 8), word(0), ethernet(packet)])))
export const gre = (packet: Buffer): Buffer =>
  ethernet(ipv4(47, Buffer.concat([half(0x2000), half(etherType(packet)), word(99), packet])))
export const greBridge = (packet: Buffer): Buffer =>
  ethernet(ipv4(47, Buffer.concat([half(0), half(0x6558), ethernet(packet)])))
export const ipip = (packet: Buffer): Buffer => ethernet(ipv4(4, packet))
export const sixInFour = (packet: Buffer): Buffer => ethernet(ipv4(41, asIpv6(packet)))
export const ip6ip6 = (packet: Buffer): Buffer => ethernet(ipv6(41, asIpv6(packet)))
/** The length is left to the sending card. */
export const withoutLength = (packet: Buffer): Buffer => {
  const frame = ethernet(packet)
  frame.writeUInt16BE(0, 16)
  return frame
}
