/** pcapng files, block by block: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-03.html */
import type { Dissector, Packet } from './dissector.ts'
import { interfaceOf, type PcapngInterface } from './interface-description.ts'
import { knownLinkTypes, knowsLinkType } from './link-layer.ts'
import type { Paths } from './paths.ts'
import { longestPacket } from './pcap.ts'
import { statedDrops } from './interface-statistics.ts'
import { cutText, damaged, isPossible, type Step, type Track } from './track.ts'
import type { Window } from './window.ts'
import { bigWord, littleWord } from './words.ts'

export const sectionHeader = 0x0a0d0d0a
const block = { interface: 1, oldPacket: 2, simplePacket: 3, statistics: 5, packet: 6 } as const
const byteOrder = 0x1a2b3c4d
/** Type 4, length 4, and the length again at the end. */
const frameBytes = 12
/** Of blocks that are looked into; others are skipped whatever their length. */
const longestBlock = longestPacket + (64 << 10)
const mostInterfaces = 4096

export class PcapngTrack implements Track {
  readonly window: Window
  at = 0
  beginsNs: bigint | null = null
  readonly #dissector: Dissector
  readonly #paths: Paths
  readonly #onProblem: (text: string) => void
  readonly #packet: Packet
  #littleEndian = true
  #interfaces: PcapngInterface[] = []
  #epochNs = 0n
  #epoch = 0
  /** Of the packet that is ready; null: it has no time. */
  #interface: PcapngInterface | null = null
  #high = 0
  #low = 0

  /** @param onProblem told once for each interface whose packets cannot be read */
  constructor(window: Window, dissector: Dissector, paths: Paths, onProblem: (text: string) => void) {
    this.window = window
    this.#dissector = dissector
    this.#paths = paths
    this.#onProblem = onProblem
    this.#packet = { bytes: window.plain, start: 0, end: 0, wireLength: 0, linkType: 0, path: 0, at: 0, timed: true }
  }

  begin(epochNs: bigint): void {
    this.#epochNs = epochNs
    this.#epoch = Number(epochNs)
    for (const each of this.#interfaces) each.clock.begin(epochNs)
    this.#setTime()
  }

  #setTime(): void {
    if (this.#interface !== null) this.at = this.#interface.clock.since(this.#high, this.#low)
    this.#packet.at = this.at
    this.#packet.timed = this.#interface !== null
  }

  next(): Step {
    const { window } = this
    for (;;) {
      if (!window.has(frameBytes)) return 'more'
      const { start } = window
      // reads the same in either order
      const isSection = window.bytes.readUInt32LE(start) === sectionHeader
      if (isSection) this.#readByteOrder()
      const type = isSection ? sectionHeader : this.#word(start)
      const length = this.#word(start + 4)
      if (length < frameBytes || length % 4 !== 0) throw damaged(window, `a block of ${length} bytes`)
      if (!isSection && !isLookedInto(type)) {
        window.skip(length)
        continue
      }
      if (length > longestBlock) throw damaged(window, `a block of ${length} bytes`)
      if (!window.has(length)) return 'more'
      const again = this.#word(window.start + length - 4)
      if (again !== length) throw damaged(window, `a block of ${length} bytes that ends as one of ${again}`)
      const ready = this.#look(type, window.start, length)
      window.start += length
      if (ready) return 'ready'
    }
  }

  #readByteOrder(): void {
    const { window } = this
    const littleEndian = window.bytes.readUInt32LE(window.start + 8) === byteOrder
    if (!littleEndian && window.bytes.readUInt32BE(window.start + 8) !== byteOrder) {
      throw damaged(window, 'a section without its byte order')
    }
    this.#littleEndian = littleEndian
  }

  /** @returns whether a packet is ready */
  #look(type: number, start: number, length: number): boolean {
    switch (type) {
      case sectionHeader:
        this.#interfaces = []
        return false
      case block.interface:
        this.#addInterface(start, length)
        return false
      case block.statistics:
        this.#statistics(start, length)
        return false
      case block.packet:
        return this.#packetBlock(start, length)
      case block.oldPacket:
        return this.#oldPacketBlock(start, length)
      case block.simplePacket:
        return this.#simplePacketBlock(start, length)
      default:
        return false
    }
  }

  #addInterface(start: number, length: number): void {
    const { window } = this
    if (this.#interfaces.length >= mostInterfaces) throw damaged(window, `more than ${mostInterfaces} interfaces`)
    const path = this.#paths.interface()
    const body = window.bytes.subarray(start + 8, start + length - 4)
    const added = interfaceOf(body, this.#littleEndian, path)
    if (added === undefined) throw damaged(window, `an interface description of ${length} bytes`)
    added.clock.begin(this.#epochNs)
    this.#interfaces.push(added)
  }

  #statistics(start: number, length: number): void {
    const body = this.window.bytes.subarray(start + 8, start + length - 4)
    const from = body.length < 4 ? undefined : this.#interfaces[this.#word(start + 8)]
    const drops = statedDrops(body, this.#littleEndian)
    // counts since the interface was opened: the last one holds
    if (from !== undefined && drops !== undefined) {
      this.#dissector.droppedAtCapture += drops - from.drops
      from.drops = drops
    }
  }

  /** interface 4, time 8, captured length 4, length 4, packet, options. */
  #packetBlock(start: number, length: number): boolean {
    if (length < frameBytes + 20) throw damaged(this.window, `a packet block of ${length} bytes`)
    const [high, low] = [this.#word(start + 12), this.#word(start + 16)]
    const captured = this.#word(start + 20)
    return this.#timed(this.#word(start + 8), high, low, start + 28, captured, this.#word(start + 24), start + length)
  }

  /** interface 2, drops 2, time 8, captured length 4, length 4, packet, options. */
  #oldPacketBlock(start: number, length: number): boolean {
    if (length < frameBytes + 20) throw damaged(this.window, `a packet block of ${length} bytes`)
    const { bytes } = this.window
    const index = this.#littleEndian ? bytes.readUInt16LE(start + 8) : bytes.readUInt16BE(start + 8)
    const [high, low] = [this.#word(start + 12), this.#word(start + 16)]
    return this.#timed(index, high, low, start + 28, this.#word(start + 20), this.#word(start + 24), start + length)
  }

  #timed(
    index: number,
    high: number,
    low: number,
    from: number,
    captured: number,
    wireLength: number,
    end: number,
  ): boolean {
    if (!this.#framed(index, from, captured, wireLength, end)) return false
    this.#interface = this.#interfaces[index] ?? null
    this.#high = high
    this.#low = low
    this.beginsNs ??= this.#interface?.clock.instant(high, low) ?? null
    this.#setTime()
    if (!isPossible(this.#epoch + this.at)) throw damaged(this.window, 'a packet of an impossible time')
    return true
  }

  /** length 4, packet. It has no time: it counts as of the same as the one before. */
  #simplePacketBlock(start: number, length: number): boolean {
    if (length < frameBytes + 4) throw damaged(this.window, `a packet block of ${length} bytes`)
    const wireLength = this.#word(start + 8)
    const snapLength = this.#interfaces[0]?.snapLength ?? 0
    const captured = Math.min(wireLength, length - frameBytes - 4, snapLength === 0 ? longestPacket : snapLength)
    if (!this.#framed(0, start + 12, captured, wireLength, start + length)) return false
    this.#interface = null
    this.#dissector.withoutTime++
    this.#setTime()
    return true
  }

  #framed(index: number, from: number, captured: number, wireLength: number, blockEnd: number): boolean {
    const { window } = this
    const known = this.#interfaces[index]
    if (known === undefined) throw damaged(window, `a packet of interface ${index}, which is not described,`)
    if (captured > blockEnd - 4 - from) throw damaged(window, `a packet of ${captured} bytes in a shorter block`)
    if (!knowsLinkType(known.linkType)) {
      this.#dissector.unknownLinks++
      if (!known.told) this.#tellUnknown(known, index)
      return false
    }
    const packet = this.#packet
    packet.bytes = window.plain
    packet.start = from
    packet.end = from + captured
    packet.wireLength = wireLength
    packet.linkType = known.linkType
    packet.path = known.path
    return true
  }

  #tellUnknown(from: PcapngInterface, index: number): void {
    from.told = true
    const { source, position } = this.window
    this.#onProblem(
      `${source.name}: link type ${from.linkType} of interface ${index}, first met at byte ${position}, is not known: its packets are left out; known are ${knownLinkTypes()}`,
    )
  }

  #word(offset: number): number {
    return this.#littleEndian ? littleWord(this.window.plain, offset) : bigWord(this.window.plain, offset)
  }

  tell(): void {
    this.#dissector.dissect(this.#packet)
  }

  missing(): string | null {
    return cutText(this.window, 'a block')
  }
}

function isLookedInto(type: number): boolean {
  return (type >= block.interface && type <= block.simplePacket) || type === block.statistics || type === block.packet
}
