/**
 * One side's bytes of a compressed connection become the bytes of its packets (manual, "Compressed Packet"): length 3,
 * sequence id 1, length before compression 3, payload. A length before of 0: the payload is not compressed. Frames are cut
 * without regard to the packets in them.
 */
import { Buffer } from 'node:buffer'
import { inflate } from './inflate.ts'
import type { MysqlLimits } from './limits.ts'
import { threeBytes } from './packet-header.ts'
import type { PacketReader } from './packet-reader.ts'

const headerBytes = 7

type Framing = 'header' | 'payload' | 'lost'

export class CompressedReader {
  /** Frames that could not be read, or not to their end. */
  cut = 0
  /** Frames that were not inflated, for they hold too much for their size. */
  dense = 0
  /** Sequence id that the next frame should have. */
  sequence = 0
  readonly #packets: PacketReader
  readonly #limits: MysqlLimits
  #framing: Framing = 'header'
  /** The sequence id that the next frame must have to prove a boundary; undefined: the boundary is proven. */
  #proof: number | undefined
  readonly #header = new Uint8Array(headerBytes)
  #headerFill = 0
  #startedAt = 0
  /** Of the frame on the wire, its header included. */
  #wireLength = 0
  /** Position of the wire behind the frame. */
  #wireEnd = 0
  /** Before compression; the payload itself may be stored. */
  #length = 0
  #isStored = false
  #left = 0
  #held: Uint8Array[] = []
  #heldBytes = 0
  /** Bytes of the payload are missing, or were too many to hold. */
  #isCut = false
  /** Bytes that frames may still become. */
  #inflatable: number

  constructor(packets: PacketReader, limits: MysqlLimits) {
    this.#packets = packets
    this.#limits = limits
    this.#inflatable = limits.inflationReserveBytes
  }

  get lost(): boolean {
    return this.#framing === 'lost'
  }

  /** Bytes still to come of the present frame. */
  get left(): number {
    return this.#framing === 'payload' ? this.#left : 0
  }

  /** Between two frames. */
  get between(): boolean {
    return this.#framing === 'header' && this.#headerFill === 0
  }

  /** Bytes held of a frame that is not whole yet. */
  get held(): number {
    return this.#heldBytes
  }

  lose(): void {
    this.#framing = 'lost'
    this.#headerFill = 0
    this.#release()
  }

  /** The next byte may be a frame's first; it is, if the frame has this sequence id. */
  probe(sequence: number): void {
    this.lose()
    this.#framing = 'header'
    this.#proof = sequence
  }

  push(bytes: Uint8Array, at: number, start: number, end: number): void {
    let offset = start
    while (offset < end) {
      switch (this.#framing) {
        case 'lost':
          this.#packets.skipWire(end - offset, at)
          return
        case 'header':
          offset += this.#takeHeader(bytes, offset, end, at)
          break
        case 'payload':
          offset += this.#take(bytes, offset, end, at)
          break
      }
    }
  }

  #takeHeader(bytes: Uint8Array, offset: number, end: number, at: number): number {
    if (this.#headerFill === 0) this.#startedAt = at
    const taken = Math.min(headerBytes - this.#headerFill, end - offset)
    this.#header.set(bytes.subarray(offset, offset + taken), this.#headerFill)
    this.#headerFill += taken
    if (this.#headerFill === headerBytes) this.#beginFrame(at)
    return taken
  }

  #beginFrame(at: number): void {
    const wire = threeBytes(this.#header, 0)
    const sequence = this.#header[3] ?? 0
    const before = threeBytes(this.#header, 4)
    this.#headerFill = 0
    if (this.#proof !== undefined && sequence !== this.#proof) {
      this.lose()
      this.#packets.lose()
      this.#packets.skipWire(headerBytes, at)
      return
    }
    if (wire === 0) {
      this.lose()
      this.#packets.gapOfUnknownLength(headerBytes, at)
      return
    }
    this.#proof = undefined
    this.sequence = (sequence + 1) & 0xff
    this.#framing = 'payload'
    this.#isStored = before === 0
    this.#length = this.#isStored ? wire : before
    this.#left = wire
    this.#wireLength = wire + headerBytes
    this.#wireEnd = Math.round(this.#packets.position) + this.#wireLength
    this.#packets.wireRatio = this.#wireLength / this.#length
  }

  #take(bytes: Uint8Array, offset: number, end: number, at: number): number {
    const taken = Math.min(this.#left, end - offset)
    const part = bytes.subarray(offset, offset + taken)
    this.#left -= taken
    if (this.#isStored) this.#packets.push(part, at, this.#startedAt)
    else if (this.#left === 0 && this.#heldBytes === 0 && !this.#isCut) this.#give(part, at)
    else {
      this.#hold(part)
      if (this.#left === 0)
        this.#give(this.#held.length === 1 ? (this.#held[0] ?? part) : Buffer.concat(this.#held), at)
    }
    if (this.#left === 0) this.#endFrame()
    return taken
  }

  #hold(part: Uint8Array): void {
    if (this.#isCut) return
    const kept = Math.min(part.length, this.#limits.compressedFrameBytes - this.#heldBytes)
    if (kept > 0) this.#held.push(Uint8Array.from(part.subarray(0, kept)))
    this.#heldBytes += kept
    this.#isCut = kept < part.length
  }

  /** @param frame its payload, or the beginning that was seen and held */
  #give(frame: Uint8Array, at: number): void {
    const { inflatedPerWireByte, inflationReserveBytes } = this.#limits
    const most = this.#inflatable + inflatedPerWireByte * this.#wireLength
    if (this.#length > most) {
      this.dense++
      this.#inflatable = Math.min(most, inflationReserveBytes)
      this.#packets.gap(this.#length, at)
      return
    }
    this.#inflatable = Math.min(most - this.#length, inflationReserveBytes)
    const bytes = frame.length === 0 ? undefined : inflate(frame, this.#length, !this.#isCut)
    const had = bytes?.length ?? 0
    if (bytes !== undefined) this.#packets.push(bytes, at, this.#startedAt)
    if (had === this.#length) return
    this.cut++
    this.#packets.gap(this.#length - had, at)
  }

  #endFrame(): void {
    this.#packets.position = this.#wireEnd
    this.#packets.wireRatio = 1
    this.#framing = 'header'
    this.#release()
  }

  #release(): void {
    this.#held = []
    this.#heldBytes = 0
    this.#isCut = false
  }

  gap(missing: number, at: number): void {
    let left = missing
    if (this.#framing === 'payload') {
      const skipped = Math.min(left, this.#left)
      this.#left -= skipped
      left -= skipped
      if (this.#isStored) this.#packets.gap(skipped, at)
      else this.#isCut = true
      if (this.#left === 0) {
        if (!this.#isStored) this.#give(Buffer.concat(this.#held), at)
        this.#endFrame()
      }
    }
    if (left === 0) return
    this.#packets.position += this.#headerFill
    this.lose()
    // what was missed next begins with a frame's header: nothing tells how much it held
    this.#packets.wireRatio = 1
    this.#packets.gapOfUnknownLength(left, at)
  }

  /** The connection ends: what was held of a frame has moved, though it was not read. */
  end(): void {
    const unread = this.#framing === 'payload' ? Math.round(this.#wireEnd - this.#packets.position) - this.#left : 0
    this.#packets.position += unread + this.#headerFill
  }
}
