/** From a link type's frame to the network protocol in it. Link types: https://www.tcpdump.org/linktypes.html */
import { type Cursor, layer } from './cursor.ts'
import { type Paths, pathKind } from './paths.ts'

const etherTypeLeast = 0x600
const ethernetBytes = 14
const sllBytes = 16
const sll2Bytes = 20
const snap = 0xaaaa03
/** ARPHRD_NETLINK: what follows is no packet. */
const netlinkDevice = 824

/** AF_INET, and AF_INET6 of Linux, NetBSD and OpenBSD, FreeBSD, macOS. */
const inet = 2
const inet6: ReadonlySet<number> = new Set([10, 24, 28, 30])

const pppProtocol = { ipv4: 0x21, ipv6: 0x57 } as const

/** The LINKTYPE number of the usual one. */
export const ethernetLink = 1

type Frame = (cursor: Cursor, paths: Paths) => void

/** By LINKTYPE number; 12 and 14 are DLT_RAW's, which some write. */
const frames: Readonly<Record<number, { name: string; frame: Frame }>> = {
  0: { name: 'NULL', frame: loopback },
  [ethernetLink]: { name: 'ETHERNET', frame: ethernet },
  9: { name: 'PPP', frame: ppp },
  12: { name: 'RAW', frame: raw },
  14: { name: 'RAW', frame: raw },
  50: { name: 'PPP_HDLC', frame: ppp },
  51: { name: 'PPP_ETHER', frame: pppoe },
  101: { name: 'RAW', frame: raw },
  108: { name: 'LOOP', frame: loopback },
  113: { name: 'LINUX_SLL', frame: cooked },
  228: { name: 'IPV4', frame: (cursor) => cursor.next(layer.ipv4, 0) },
  229: { name: 'IPV6', frame: (cursor) => cursor.next(layer.ipv6, 0) },
  276: { name: 'LINUX_SLL2', frame: cooked2 },
}

export function knowsLinkType(linkType: number): boolean {
  return linkType in frames
}

/** For messages. */
export function knownLinkTypes(): string {
  return [...new Set(Object.values(frames).map(({ name }) => name))].join(', ')
}

/** Moves the cursor behind the frame's header. */
export function openFrame(cursor: Cursor, linkType: number, paths: Paths): void {
  frames[linkType]?.frame(cursor, paths)
}

/** destination 6, source 6, EtherType or length 2. */
export function ethernet(cursor: Cursor): void {
  if (!cursor.seen(ethernetBytes)) return
  const type = cursor.half(cursor.offset + 12)
  cursor.next(type, ethernetBytes)
  if (type < etherTypeLeast) logicalLink(cursor)
}

/** IEEE 802.2 LLC with SNAP: aa aa 03, organisation 3, EtherType 2. */
function logicalLink(cursor: Cursor): void {
  if (!cursor.seen(8)) return
  if (cursor.word(cursor.offset) >>> 8 === snap) cursor.next(cursor.half(cursor.offset + 6), 8)
  else cursor.stop('other')
}

/** Tag 2, EtherType 2. */
export function vlan(cursor: Cursor, paths: Paths): void {
  if (!cursor.seen(4)) return
  cursor.path = paths.within(cursor.path, pathKind.vlan, cursor.half(cursor.offset) & 0xfff)
  const type = cursor.half(cursor.offset + 2)
  cursor.next(type, 4)
  if (type < etherTypeLeast) logicalLink(cursor)
}

/** Packet type 2, device type 2, address length 2, address 8, protocol 2. */
function cooked(cursor: Cursor): void {
  if (!cursor.seen(sllBytes)) return
  const type = cursor.half(cursor.offset + 14)
  if (cursor.half(cursor.offset + 2) === netlinkDevice || type < etherTypeLeast) cursor.stop('other')
  else cursor.next(type, sllBytes)
}

/** Protocol 2, reserved 2, interface index 4, device type 2, packet type 1, address length 1, address 8. */
function cooked2(cursor: Cursor, paths: Paths): void {
  if (!cursor.seen(sll2Bytes)) return
  const type = cursor.half(cursor.offset)
  cursor.path = paths.within(cursor.path, pathKind.interface, cursor.word(cursor.offset + 4))
  if (cursor.half(cursor.offset + 8) === netlinkDevice || type < etherTypeLeast) cursor.stop('other')
  else cursor.next(type, sll2Bytes)
}

/** The address family in 4 bytes: NULL in the capturing machine's order, LOOP in network order. */
function loopback(cursor: Cursor): void {
  if (!cursor.seen(4)) return
  const word = cursor.word(cursor.offset)
  // families are small: the zeros tell the order
  const family = word > 0xffff ? ((word & 0xff00) | (word >>> 24)) >>> 0 : word
  if (family === inet) cursor.next(layer.ipv4, 4)
  else if (inet6.has(family)) cursor.next(layer.ipv6, 4)
  else cursor.stop('other')
}

function raw(cursor: Cursor): void {
  cursor.next(layer.ip, 0)
}

/** RFC 1661, with or without HDLC's address and control bytes (RFC 1662). */
export function ppp(cursor: Cursor): void {
  if (!cursor.seen(2)) return
  const framed = cursor.byte(cursor.offset) === 0xff && cursor.byte(cursor.offset + 1) === 3
  if (framed) cursor.offset += 2
  if (!cursor.seen(2)) return
  // an odd first byte is a protocol in one byte
  const short = (cursor.byte(cursor.offset) & 1) === 1
  const protocol = short ? cursor.byte(cursor.offset) : cursor.half(cursor.offset)
  const length = short ? 1 : 2
  if (protocol === pppProtocol.ipv4) cursor.next(layer.ipv4, length)
  else if (protocol === pppProtocol.ipv6) cursor.next(layer.ipv6, length)
  else cursor.stop('other')
}

/** RFC 2516: version and type 1, code 1, session 2, length 2, then PPP's protocol. */
export function pppoe(cursor: Cursor): void {
  if (!cursor.seen(8)) return
  if (cursor.byte(cursor.offset + 1) !== 0) cursor.stop('other')
  else cursor.next(layer.ppp, 6)
}

/** RFC 3032: labels of 4 bytes, the last marked; what follows is IP by its version, or nothing that is followed. */
export function mpls(cursor: Cursor): void {
  for (;;) {
    if (!cursor.seen(4)) return
    const last = (cursor.byte(cursor.offset + 2) & 1) === 1
    cursor.next(layer.ip, 4)
    if (last) return
  }
}
