/** From a captured packet to the TCP segment in it, through links, VLANs, tunnels and fragments, in place. */
import { Cursor, type Ending, layer } from './cursor.ts'
import type { Endpoints } from './endpoints.ts'
import { Fragments } from './fragments.ts'
import { ip, ipv4, ipv6 } from './internet.ts'
import { ethernet, ethernetLink, mpls, openFrame, ppp, pppoe, vlan } from './link-layer.ts'
import { type Paths, pathKind } from './paths.ts'
import type { Segment, SegmentSink } from './segment.ts'
import { gre, udp } from './tunnels.ts'
import { usual } from './usual-packet.ts'

/** One object for each file, overwritten by its next packet. */
export interface Packet {
  bytes: Uint8Array
  start: number
  end: number
  /** More than was captured, where the capture cut it. */
  wireLength: number
  linkType: number
  path: number
  /** Nanoseconds since the capture's time 0. */
  at: number
  /** Its file has a time for it. */
  timed: boolean
}

/** Headers in one packet at most. */
const mostLayers = 32

const protocol = { ipip: 4, tcp: 6, udp: 17, ipv6: 41, gre: 47 } as const
const nobody: SegmentSink = { segment() {} }
const ipProtocol = (number: number): number => layer.ipProtocol + number
const tcpBytes = 20
/** Up to the flags; what comes later is not needed. */
const tcpNeeded = 14

export class Dissector {
  packets = 0
  segments = 0
  /** Packets without a segment: of something else, with headers cut by the capture, with headers that make no sense. */
  readonly endings: Record<Ending, number> = { other: 0, cut: 0, broken: 0 }
  /** Packets of a link type that is not known, packets whose file has no time for them, and those that no file has. */
  unknownLinks = 0
  withoutTime = 0
  droppedAtCapture = 0
  readonly fragments = new Fragments()
  readonly #endpoints: Endpoints
  readonly #paths: Paths
  /** Where segments go. */
  sink: SegmentSink = nobody
  /** Of the latest packet, nanoseconds since the capture's time 0. */
  endedAt = 0
  readonly #cursor = new Cursor()
  readonly #segment: Segment = {
    at: 0,
    timed: true,
    source: 0,
    destination: 0,
    sequence: 0,
    acknowledgement: 0,
    flags: 0,
    payload: new Uint8Array(0),
    payloadStart: 0,
    payloadEnd: 0,
    payloadLength: 0,
    path: 0,
  }

  constructor(endpoints: Endpoints, paths: Paths) {
    this.#endpoints = endpoints
    this.#paths = paths
  }

  dissect(packet: Packet): void {
    this.packets++
    if (packet.at > this.endedAt) this.endedAt = packet.at
    const cursor = this.#cursor
    cursor.bytes = packet.bytes
    cursor.offset = packet.start
    cursor.end = packet.end
    cursor.wireEnd = packet.start + Math.max(packet.wireLength, packet.end - packet.start)
    cursor.path = packet.path
    cursor.at = packet.at
    this.#segment.timed = packet.timed
    cursor.stop('other')
    if (packet.linkType === ethernetLink && usual(cursor)) {
      this.#tcp(cursor)
      return
    }
    openFrame(cursor, packet.linkType, this.#paths)
    for (let count = 0; cursor.type !== layer.nothing; count++) {
      if (cursor.type === ipProtocol(protocol.tcp)) {
        this.#tcp(cursor)
        return
      }
      if (count >= mostLayers) cursor.stop('broken')
      else this.#layer(cursor)
    }
    this.endings[cursor.ending]++
  }

  #layer(cursor: Cursor): void {
    switch (cursor.type) {
      case layer.ipv4:
        ipv4(cursor, this.fragments)
        break
      case layer.ipv6:
        ipv6(cursor, this.fragments)
        break
      case layer.ip:
        ip(cursor)
        break
      case layer.vlan:
      case layer.serviceVlan:
      case layer.oldServiceVlan:
        vlan(cursor, this.#paths)
        break
      case layer.ethernet:
        ethernet(cursor)
        break
      case layer.mplsUnicast:
      case layer.mplsMulticast:
        mpls(cursor)
        break
      case layer.pppoeSession:
        pppoe(cursor)
        break
      case layer.ppp:
        ppp(cursor)
        break
      case ipProtocol(protocol.udp):
        udp(cursor, this.#paths)
        break
      case ipProtocol(protocol.gre):
        gre(cursor, this.#paths)
        break
      case ipProtocol(protocol.ipip):
      case ipProtocol(protocol.ipv6):
        cursor.path = this.#paths.within(cursor.path, pathKind.ipip, 0)
        cursor.next(layer.ip, 0)
        break
      default:
        cursor.stop('other')
    }
  }

  /**
   * source port 2, destination port 2, sequence number 4, acknowledgement number 4, header length and reserved 1, flags 1,
   * window 2, checksum 2, urgent pointer 2, options. Checksums are not looked at: cards fill them in after the capture.
   */
  #tcp(cursor: Cursor): void {
    const { offset, end, wireEnd, source, destination } = cursor
    if (!cursor.seen(tcpNeeded)) {
      this.endings[cursor.ending]++
      return
    }
    const headerBytes = (cursor.byte(offset + 12) >> 4) * 4
    if (headerBytes < tcpBytes || offset + headerBytes > wireEnd) {
      this.endings.broken++
      return
    }
    const endpoints = this.#endpoints
    if (!endpoints.makeRoom()) return
    this.segments++
    const segment = this.#segment
    segment.at = cursor.at
    segment.source = endpoints.idOf(source[0] ?? 0, source[1] ?? 0, source[2] ?? 0, source[3] ?? 0, cursor.half(offset))
    segment.destination = endpoints.idOf(
      destination[0] ?? 0,
      destination[1] ?? 0,
      destination[2] ?? 0,
      destination[3] ?? 0,
      cursor.half(offset + 2),
    )
    segment.sequence = cursor.word(offset + 4)
    segment.acknowledgement = cursor.word(offset + 8)
    segment.flags = cursor.byte(offset + 13)
    segment.payload = cursor.bytes
    segment.payloadStart = Math.min(offset + headerBytes, end)
    segment.payloadEnd = end
    segment.payloadLength = wireEnd - offset - headerBytes
    segment.path = cursor.path
    this.sink.segment(segment)
  }

  /** The capture stops. */
  end(): void {
    this.fragments.end()
  }
}
