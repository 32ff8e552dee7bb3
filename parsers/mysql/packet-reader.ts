/**
 * One side's bytes become packets. Layout (manual, "MySQL Packets"): length 3, sequence id 1, payload; a part of 2^24 − 1
 * bytes is continued by the next. Of a payload at most a beginning is kept, and nothing is copied where it lies whole in one chunk.
 */

const headerBytes = 4
const fullPart = 0xffffff

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

type Framing =
  /** At a packet boundary, or inside a header. */
  | 'header'
  | 'payload'
  /** Where packets begin is not known. */
  | 'lost'

export class PacketReader {
  /** Bytes of this side seen or missed so far. */
  position = 0
  #framing: Framing = 'header'
  /** The sequence id that the next packet must have to prove a boundary; undefined: the boundary is proven. */
  #proof: number | undefined
  readonly #keep: number
  readonly #onPacket: (packet: Packet) => void
  readonly #onLost: () => void
  readonly #header = new Uint8Array(headerBytes)
  #headerFill = 0
  /** The packet has had a full part already. */
  #continued = false
  #partLength = 0
  #partLeft = 0
  #held: Uint8Array = empty
  #heldFill = 0
  /** A gap cut the kept beginning short. */
  #cut = false
  readonly #packet: Packet = {
    sequence: 0,
    lastSequence: 0,
    length: 0,
    bytes: empty,
    start: 0,
    end: 0,
    startedAt: 0,
    endedAt: 0,
    position: 0,
  }

  /** @param keep payload bytes of a packet that are kept, or shown in place */
  constructor(keep: number, onPacket: (packet: Packet) => void, onLost: () => void) {
    this.#keep = keep
    this.#onPacket = onPacket
    this.#onLost = onLost
  }

  get lost(): boolean {
    return this.#framing === 'lost'
  }

  /** Whether a packet has begun and not ended. */
  get amid(): boolean {
    return this.#framing === 'payload' || this.#headerFill > 0 || this.#continued
  }

  /** Gives up the framing, without telling `onLost`. */
  lose(): void {
    this.#framing = 'lost'
    this.#headerFill = 0
    this.#continued = false
    this.#held = empty
  }

  /** The next byte may be a packet's first; it is, if the packet has this sequence id. */
  probe(sequence: number): void {
    this.lose()
    this.#framing = 'header'
    this.#proof = sequence
  }

  /** @returns how many of the bytes were framed, or used to find out that they are not */
  push(bytes: Uint8Array, at: number): number {
    const end = bytes.length
    let offset = 0
    while (offset < end) {
      if (this.#framing === 'lost') {
        this.position += end - offset
        return offset
      }
      if (this.#framing === 'payload') {
        offset += this.#take(bytes, offset, at)
        continue
      }
      if (this.#headerFill === 0 && !this.#continued) {
        const inPlace = this.#packetInPlace(bytes, offset, at)
        offset += inPlace
        if (inPlace > 0) continue
      }
      offset += this.#takeHeader(bytes, offset, at)
    }
    return offset
  }

  /** The hot path: header and payload lie in this chunk. @returns bytes taken, 0 where they do not */
  #packetInPlace(bytes: Uint8Array, offset: number, at: number): number {
    const payload = offset + headerBytes
    if (payload > bytes.length) return 0
    const length = lengthAt(bytes, offset)
    if (length === fullPart || payload + length > bytes.length) return 0
    const sequence = bytes[offset + 3] ?? 0
    if (!this.#proven(sequence, length)) return 0
    const packet = this.#packet
    packet.sequence = packet.lastSequence = sequence
    packet.length = length
    packet.bytes = bytes
    packet.start = payload
    packet.end = payload + Math.min(length, this.#keep)
    packet.startedAt = packet.endedAt = at
    packet.position = this.position
    this.position += headerBytes + length
    this.#onPacket(packet)
    packet.bytes = empty
    return headerBytes + length
  }

  #takeHeader(bytes: Uint8Array, offset: number, at: number): number {
    if (this.#headerFill === 0 && !this.#continued) {
      this.#packet.startedAt = at
      this.#packet.position = this.position
    }
    const taken = Math.min(headerBytes - this.#headerFill, bytes.length - offset)
    for (let i = 0; i < taken; i++) this.#header[this.#headerFill + i] = bytes[offset + i] ?? 0
    this.#headerFill += taken
    this.position += taken
    if (this.#headerFill === headerBytes) this.#beginPart(at)
    return taken
  }

  #beginPart(at: number): void {
    const length = lengthAt(this.#header, 0)
    const sequence = this.#header[3] ?? 0
    this.#headerFill = 0
    if (!this.#continued) {
      if (!this.#proven(sequence, length)) {
        this.lose()
        return
      }
      this.#packet.sequence = sequence
      this.#packet.length = 0
      this.#held = length === 0 ? empty : new Uint8Array(Math.min(length, this.#keep))
      this.#heldFill = 0
      this.#cut = false
    }
    this.#packet.lastSequence = sequence
    this.#packet.length += length
    this.#partLength = length
    this.#partLeft = length
    this.#framing = 'payload'
    if (length === 0) this.#endPart(at)
  }

  #take(bytes: Uint8Array, offset: number, at: number): number {
    const taken = Math.min(this.#partLeft, bytes.length - offset)
    const kept = this.#cut ? 0 : Math.min(taken, this.#held.length - this.#heldFill)
    if (kept > 0) {
      this.#held.set(bytes.subarray(offset, offset + kept), this.#heldFill)
      this.#heldFill += kept
    }
    this.#partLeft -= taken
    this.position += taken
    if (this.#partLeft === 0) this.#endPart(at)
    return taken
  }

  #endPart(at: number): void {
    this.#framing = 'header'
    this.#continued = this.#partLength === fullPart
    if (this.#continued) return
    const packet = this.#packet
    packet.bytes = this.#held
    packet.start = 0
    packet.end = this.#heldFill
    packet.endedAt = at
    this.#held = empty
    this.#onPacket(packet)
    packet.bytes = empty
  }

  #proven(sequence: number, length: number): boolean {
    if (this.#proof === undefined) return true
    if (sequence !== this.#proof || length === 0) {
      // the slow path reads the same header again and gives the framing up there
      return false
    }
    this.#proof = undefined
    return true
  }

  gap(missing: number, at: number): void {
    this.position += missing
    if (this.#framing === 'lost') return
    let left = missing
    if (this.#framing === 'payload') {
      const skipped = Math.min(left, this.#partLeft)
      if (this.#heldFill < this.#held.length) this.#cut = true
      this.#partLeft -= skipped
      left -= skipped
      if (this.#partLeft === 0) this.#endPart(at)
    }
    // what was missed next begins with a header
    if (left === 0 || this.lost) return
    this.lose()
    this.#onLost()
  }
}

const empty = new Uint8Array(0)

function lengthAt(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] ?? 0) | ((bytes[offset + 1] ?? 0) << 8) | ((bytes[offset + 2] ?? 0) << 16)
}
