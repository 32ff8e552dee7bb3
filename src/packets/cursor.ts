/** Where dissection is in a packet: each layer reads its header in place and moves on. One object, used for every packet. */
import { bigWord } from './words.ts'

/** What comes next: EtherTypes, and IP's protocol numbers from `ipProtocol` on. */
export const layer = {
  nothing: -1,
  ipv4: 0x0800,
  vlan: 0x8100,
  ipv6: 0x86dd,
  mplsUnicast: 0x8847,
  mplsMulticast: 0x8848,
  pppoeSession: 0x8864,
  serviceVlan: 0x88a8,
  oldServiceVlan: 0x9100,
  ppp: 0x880b,
  ethernet: 0x6558,
  ipProtocol: 0x10000,
  /** IP's version tells which. */
  ip: 0x20000,
} as const

/** Why a packet went no further. */
export type Ending = 'other' | 'cut' | 'broken'

export class Cursor {
  bytes: Uint8Array = new Uint8Array(0)
  offset = 0
  /** What was seen ends here; what was on the wire ends at `wireEnd`. */
  end = 0
  wireEnd = 0
  /** What lies at `offset`: one of `layer`, or another EtherType. */
  type: number = layer.nothing
  /** With `type` nothing. */
  ending: Ending = 'other'
  path = 0
  /** Nanoseconds since the capture's time 0. */
  at = 0
  /** Addresses of the innermost IP header so far, in words of network order. */
  readonly source = new Uint32Array(4)
  readonly destination = new Uint32Array(4)

  byte(offset: number): number {
    return this.bytes[offset] ?? 0
  }

  half(offset: number): number {
    const { bytes } = this
    return ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0)
  }

  word(offset: number): number {
    return bigWord(this.bytes, offset)
  }

  /** Whether so many bytes of a header were seen; otherwise the packet goes no further. */
  seen(length: number): boolean {
    if (this.offset + length <= this.end) return true
    this.stop(this.offset + length <= this.wireEnd ? 'cut' : 'broken')
    return false
  }

  next(type: number, headerBytes: number): void {
    this.type = type
    this.offset += headerBytes
  }

  stop(ending: Ending): void {
    this.type = layer.nothing
    this.ending = ending
  }
}
