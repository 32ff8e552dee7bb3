/** pcap files: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-05.html */
import type { Dissector, Packet } from './dissector.ts'
import { knownLinkTypes, knowsLinkType } from './link-layer.ts'
import { cutText, damaged, type Step, type Track } from './track.ts'
import type { Window } from './window.ts'
import { bigWord, littleWord } from './words.ts'
import { QuerytapError } from '../querytap-error.ts'

const headerBytes = 24
const recordBytes = 16
/** No interface gives longer ones: not even one that leaves cutting to its card. */
export const longestPacket = 1 << 20

const magic = { microseconds: 0xa1b2c3d4, nanoseconds: 0xa1b23c4d } as const

interface Form {
  littleEndian: boolean
  /** Nanoseconds of the unit of a packet's fraction of a second. */
  unitNs: number
}

/** By the first four bytes; undefined: no pcap. */
export function pcapForm(first: Buffer): Form | undefined {
  if (first.length < 4) return undefined
  for (const littleEndian of [true, false]) {
    const word = littleEndian ? first.readUInt32LE() : first.readUInt32BE()
    if (word === magic.microseconds) return { littleEndian, unitNs: 1000 }
    if (word === magic.nanoseconds) return { littleEndian, unitNs: 1 }
  }
  return undefined
}

export class PcapTrack implements Track {
  readonly window: Window
  at = 0
  readonly #dissector: Dissector
  readonly #littleEndian: boolean
  readonly #unitNs: number
  readonly #packet: Packet
  #headerRead = false
  #seconds = 0
  #fraction = 0
  #ready = false
  #epochSeconds = 0
  #epochRestNs = 0

  constructor(window: Window, { littleEndian, unitNs }: Form, dissector: Dissector, path: number) {
    this.window = window
    this.#dissector = dissector
    this.#littleEndian = littleEndian
    this.#unitNs = unitNs
    this.#packet = { bytes: window.plain, start: 0, end: 0, wireLength: 0, linkType: 0, path, at: 0, timed: true }
  }

  get beginsNs(): bigint | null {
    return this.#ready ? BigInt(this.#seconds) * 1_000_000_000n + BigInt(this.#fraction * this.#unitNs) : null
  }

  begin(epochNs: bigint): void {
    this.#epochSeconds = Number(epochNs / 1_000_000_000n)
    this.#epochRestNs = Number(epochNs % 1_000_000_000n)
    this.#setTime()
  }

  #setTime(): void {
    this.at = (this.#seconds - this.#epochSeconds) * 1e9 + this.#fraction * this.#unitNs - this.#epochRestNs
    this.#packet.at = this.at
  }

  /** seconds 4, fraction 4, captured length 4, length 4, packet. */
  next(): Step {
    const { window } = this
    if (!this.#headerRead && !this.#readHeader()) return 'more'
    if (!window.has(recordBytes)) return 'more'
    const captured = this.#word(window.start + 8)
    if (captured > longestPacket) throw damaged(window, `a packet of ${captured} bytes`)
    if (!window.has(recordBytes + captured)) return 'more'
    const { start } = window
    this.#seconds = this.#word(start)
    this.#fraction = this.#word(start + 4)
    this.#ready = true
    const packet = this.#packet
    packet.bytes = window.plain
    packet.start = start + recordBytes
    packet.end = packet.start + captured
    packet.wireLength = this.#word(start + 12)
    this.#setTime()
    window.start = packet.end
    return 'ready'
  }

  /** magic 4, version 4, zone 4, accuracy 4, longest packet 4, link type 4: its upper half says other things. */
  #readHeader(): boolean {
    const { window } = this
    if (!window.has(headerBytes)) return false
    const linkType = this.#word(window.start + 20) & 0xffff
    if (!knowsLinkType(linkType)) {
      const text = `read ${window.source.name}: link type ${linkType} at byte ${window.position + 20} is not known`
      throw new QuerytapError('CAPTURE', text, { hint: `known are ${knownLinkTypes()}` })
    }
    this.#packet.linkType = linkType
    window.start += headerBytes
    this.#headerRead = true
    return true
  }

  #word(offset: number): number {
    return this.#littleEndian ? littleWord(this.window.plain, offset) : bigWord(this.window.plain, offset)
  }

  tell(): void {
    this.#dissector.dissect(this.#packet)
  }

  missing(): string | null {
    return cutText(this.window, this.#headerRead ? 'a packet' : 'its header')
  }
}
