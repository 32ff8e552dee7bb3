/**
 * One side's bytes become packets. Layout (manual, "MySQL Packets"): length 3, sequence id 1, payload; a part of 2^24 − 1
 * bytes is continued by the next. Of a payload at most a beginning is kept, and nothing is copied where it lies whole in one chunk.
 */
import type { Side } from '../parser.ts'
import { freshPacket, noBytes, type Packet, packetInPlace, type PacketSink } from './packet.ts'
import { fullPart, headerBytes, headerBytesOf, headerOf, threeBytes } from './packet-header.ts'
import { SplitPayload } from './split-payload.ts'

/** `boundary`: the next byte is a packet's first; `unproven`: it may be; `lost`: where packets begin is not known. */
type Framing = 'boundary' | 'unproven' | 'header' | 'payload' | 'lost'

export class PacketReader {
  /** Bytes of the wire before those that are counted here. Only whole bytes are counted, so that no split of them makes a difference. */
  #wireBefore = 0
  #counted = 0
  #wireRatio = 1
  #framing: Framing = 'boundary'
  /** The sequence id that the next packet must have to prove a boundary; null: any; undefined: the boundary is proven. */
  #proof: number | null | undefined
  /** Bytes still to come of the present payload, or of this part of it. */
  left = 0
  readonly #side: Side
  readonly #keep: number
  readonly #sink: PacketSink
  /** What was seen of a header that is not whole, its first byte lowest. */
  #header = 0
  #headerFill = 0
  /** The packet has had a full part already. */
  #continued = false
  #partLength = 0
  /** A packet that came in several chunks: what is known of the last one of these. */
  #split: Packet | undefined
  #payload: SplitPayload | undefined

  /** @param keep payload bytes of a packet that are kept */
  constructor(side: Side, keep: number, sink: PacketSink) {
    this.#side = side
    this.#keep = keep
    this.#sink = sink
  }

  /** Bytes of this side on the wire, seen or missed so far. */
  get position(): number {
    return this.#wireBefore + this.#counted * this.#wireRatio
  }

  set position(position: number) {
    this.#wireBefore = position
    this.#counted = 0
  }

  /** Bytes on the wire for each byte read from here on: not 1 where the connection is compressed. */
  set wireRatio(ratio: number) {
    this.#wireBefore = this.position
    this.#counted = 0
    this.#wireRatio = ratio
  }

  get lost(): boolean {
    return this.#framing === 'lost'
  }

  /** Bytes held of a packet that is not whole yet. */
  get held(): number {
    return this.#payload?.bytes.length ?? 0
  }

  /** Gives up the framing, without telling the sink. */
  lose(): void {
    this.#framing = 'lost'
    this.#headerFill = this.left = 0
    this.#continued = false
    this.#payload = undefined
  }

  /** The next byte may be a packet's first; it is, if the packet has this sequence id, or any. */
  probe(sequence: number | null): void {
    this.lose()
    this.#framing = 'unproven'
    this.#proof = sequence
  }

  /** @param firstAt when the first byte was seen, where that was before these bytes could be read */
  push(bytes: Uint8Array, at: number, firstAt = at, start = 0, end = bytes.length): void {
    let offset = start
    while (offset < end) {
      switch (this.#framing) {
        case 'boundary':
        case 'unproven':
          offset +=
            this.#takeWhole(bytes, offset, end, at, firstAt) || this.#takeHeader(bytes, offset, end, at, firstAt)
          break
        case 'header':
          offset += this.#takeHeader(bytes, offset, end, at, firstAt)
          break
        case 'payload':
          offset += this.#take(bytes, offset, end, at)
          break
        case 'lost':
          this.#counted += end - offset
          this.#sink.unframed(this.#side, bytes, offset, end, at)
          return
      }
    }
  }

  /** The hot path: packets that lie in this chunk from header to end. @returns bytes taken, 0 where the first does not */
  #takeWhole(bytes: Uint8Array, offset: number, end: number, at: number, firstAt: number): number {
    const passed = this.#framing === 'boundary' ? this.#sink.pass(this.#side, bytes, offset, end, at, firstAt) : 0
    this.#counted += passed
    return passed > 0 ? passed : this.#packetInPlace(bytes, offset, end, at, firstAt)
  }

  #packetInPlace(bytes: Uint8Array, offset: number, end: number, at: number, firstAt: number): number {
    const payload = offset + headerBytes
    if (payload > end) return 0
    const length = threeBytes(bytes, offset)
    if (length === fullPart || payload + length > end) return 0
    const sequence = bytes[offset + 3] ?? 0
    if (!this.#proven(sequence, length)) return 0
    const packet = packetInPlace
    packet.sequence = packet.lastSequence = sequence
    packet.length = length
    packet.startedAt = firstAt
    packet.position = Math.round(this.position)
    this.#counted += headerBytes + length
    this.#give(packet, bytes, payload, payload + Math.min(length, this.#keep), at)
    return headerBytes + length
  }

  #give(packet: Packet, bytes: Uint8Array, start: number, end: number, at: number): void {
    packet.bytes = bytes
    packet.start = start
    packet.end = end
    packet.endedAt = at
    this.#sink.packet(this.#side, packet)
    packet.bytes = noBytes
  }

  #takeHeader(bytes: Uint8Array, offset: number, end: number, at: number, firstAt: number): number {
    if (this.#headerFill === 0 && !this.#continued) {
      this.#split ??= freshPacket()
      this.#split.startedAt = firstAt
      this.#split.position = Math.round(this.position)
    }
    const taken = Math.min(headerBytes - this.#headerFill, end - offset)
    if (this.#headerFill === 0) this.#header = 0
    for (let i = 0; i < taken; i++) this.#header |= (bytes[offset + i] ?? 0) << (8 * (this.#headerFill + i))
    this.#headerFill += taken
    this.#framing = 'header'
    this.#counted += taken
    if (this.#headerFill === headerBytes) this.#beginPart(at)
    return taken
  }

  #beginPart(at: number): void {
    const packet = (this.#split ??= freshPacket())
    const { length, sequence } = headerOf(this.#header)
    this.#headerFill = 0
    if (!this.#continued) {
      if (!this.#proven(sequence, length)) {
        this.lose()
        this.#sink.unframed(this.#side, headerBytesOf(this.#header), 0, headerBytes, at)
        return
      }
      packet.sequence = sequence
      packet.length = 0
      this.#payload = undefined
    }
    packet.lastSequence = sequence
    packet.length += length
    this.#partLength = this.left = length
    this.#framing = 'payload'
    if (length === 0) this.#endPart(at)
  }

  #take(bytes: Uint8Array, offset: number, end: number, at: number): number {
    const taken = Math.min(this.left, end - offset)
    const single = !this.#continued && this.#partLength !== fullPart
    if (single && taken === this.#partLength && this.#split !== undefined) {
      // header and payload came in two chunks, as servers read them
      this.left = 0
      this.#framing = 'boundary'
      this.#counted += taken
      this.#give(this.#split, bytes, offset, offset + Math.min(taken, this.#keep), at)
      return taken
    }
    this.#payload ??= new SplitPayload()
    this.#payload.add(bytes, offset, offset + taken, Math.min(this.#partLength, this.#keep))
    this.left -= taken
    this.#counted += taken
    if (this.left === 0) this.#endPart(at)
    return taken
  }

  #endPart(at: number): void {
    this.#continued = this.#partLength === fullPart
    this.#framing = this.#continued ? 'header' : 'boundary'
    if (this.#continued) return
    const payload = this.#payload
    this.#payload = undefined
    if (this.#split !== undefined) this.#give(this.#split, payload?.bytes ?? noBytes, 0, payload?.length ?? 0, at)
  }

  #proven(sequence: number, length: number): boolean {
    if (this.#proof === undefined) return true
    // where it is not, the slow path reads the same header again and gives the framing up there
    if ((this.#proof !== null && sequence !== this.#proof) || length === 0) return false
    this.#proof = undefined
    this.#framing = 'boundary'
    return true
  }

  /** Bytes of the wire passed that could not be turned into any of these. */
  skipWire(bytes: number, at: number): void {
    this.position += bytes
    this.#sink.unframed(this.#side, noBytes, 0, 0, at)
  }

  /** @param wire bytes of the wire; what they would have been is not known */
  gapOfUnknownLength(wire: number, at: number): void {
    this.skipWire(wire, at)
    if (this.lost) return
    this.lose()
    this.#sink.lost(this.#side)
  }

  gap(missing: number, at: number): void {
    let left = missing
    if (this.#framing === 'payload') {
      const skipped = Math.min(left, this.left)
      // of a first part's payload only the kept beginning matters
      this.#payload ??= new SplitPayload()
      if (this.#payload.length < Math.min(this.#partLength, this.#keep)) this.#payload.isCut = true
      this.left -= skipped
      left -= skipped
      this.#counted += skipped
      if (this.left === 0) this.#endPart(at)
    }
    const isFramed = left > 0 && !this.lost
    // what was missed next begins with a header: that of a further part is not waited for
    if (isFramed) this.#partLength = 0
    if (isFramed && this.#continued) this.#endPart(at)
    this.#counted += left
    if (!isFramed) return
    this.lose()
    this.#sink.lost(this.#side)
  }
}
