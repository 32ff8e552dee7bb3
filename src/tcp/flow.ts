/**
 * One TCP connection of a capture: puts both directions' bytes in order, and each direction in order with the other: what a
 * sender had acknowledged when it spoke is told before what it said. What never comes becomes a hole of exact size.
 */
import { type Segment, tcpFlag } from '../packets/segment.ts'
import type { Endpoints } from '../packets/endpoints.ts'
import type { SourceSink } from '../capture/source.ts'
import type { TcpCounts, TcpLimits } from './limits.ts'
import { advanced, distance } from './sequence.ts'
import { Stream } from './stream.ts'

/** What the flows of a capture share. */
export interface FlowSurroundings {
  readonly sink: SourceSink
  readonly endpoints: Endpoints
  readonly limits: TcpLimits
  readonly counts: TcpCounts
  /** Flows in which something waits, longest first. */
  readonly waiting: Set<Flow>
  /** Held of all flows. */
  heldBytes: number
}

/** The stream of the near end, which is the one that connected where that was seen, or of the far end. */
type Way = 'sent' | 'received'

const nothing = new Uint8Array(0)

export class Flow {
  readonly id: number
  readonly near: number
  readonly far: number
  readonly sent = new Stream()
  readonly received = new Stream()
  /** The near end connected: its SYN, or the answer to it, was seen. */
  connected = false
  midLife = true
  state: 'open' | 'ignored' | 'closed' = 'open'
  /** The sender of the RST that closed it. */
  resetBy = -1
  /** Of the last packet. */
  seenAt: number
  readonly #all: FlowSurroundings
  #told = false
  /** Of what was told last: what is told later is not earlier. */
  #toldAt = -Infinity
  /** Some of its packets have no time. */
  #timed = true
  /** One direction cannot be seen: nothing is gained by waiting for it. */
  #oneSided = false
  /** Something is held, or known to be missing. */
  #waits = false

  constructor(id: number, near: number, far: number, at: number, all: FlowSurroundings) {
    this.id = id
    this.near = near
    this.far = far
    this.seenAt = at
    this.#all = all
  }

  /** Whether this is one of its ends. */
  joins(endpoint: number): boolean {
    return this.near === endpoint || this.far === endpoint
  }

  /** Payload, acknowledgement and FIN of a segment. @param sequence of the payload's first byte */
  take(segment: Segment, sequence: number): void {
    if (!segment.timed && this.#timed) {
      this.#timed = false
      if (this.#told) this.#all.sink.untimed?.(this.id)
    }
    const outward = segment.source === this.near
    const mine = outward ? this.sent : this.received
    const other = outward ? this.received : this.sent
    const { payloadLength, flags } = segment
    mine.shown = true
    if (!mine.known) mine.begin(sequence)
    let needs = 0
    if ((flags & tcpFlag.ack) !== 0) {
      if (!other.known) other.begin(segment.acknowledgement)
      needs = segment.acknowledgement === other.sequence ? other.next : other.positionOf(segment.acknowledgement)
      if (needs > other.acknowledged) other.acknowledge(needs, segment.at)
    }
    const ends = (flags & tcpFlag.fin) !== 0
    if (payloadLength === 0 && !ends) {
      if (needs > other.next) this.#settle()
      return
    }
    const inOrder = sequence === mine.sequence && mine.held.length === 0 && needs <= other.next
    if (inOrder && !mine.finished && payloadLength > 0) {
      mine.path = segment.path
      const { payload, payloadStart, payloadEnd, at } = segment
      this.#tell(outward ? 'sent' : 'received', mine, payloadLength, payload, at, payloadStart, payloadEnd)
    } else if (payloadLength > 0) this.#hold(mine, segment, mine.positionOf(sequence), needs)
    if (ends && mine.fin < 0) {
      mine.fin = mine.positionOf(advanced(sequence, payloadLength))
      if (!mine.lacksAcknowledged) mine.lacksSince = segment.at
    }
    if (ends || this.#waits) this.#release(segment.at)
  }

  #hold(mine: Stream, segment: Segment, position: number, needs: number): void {
    const { counts, limits } = this.#all
    const { payloadLength: length, at } = segment
    if (mine.finished || position + length <= mine.next) {
      // a keep-alive may carry the byte before the next
      if (length > 1 || position + 1 !== mine.next) this.#countRepeated(mine, segment)
      return
    }
    if (position > mine.next) counts.outOfOrder++
    const bytes = payloadOf(segment)
    const kept = mine.hold({ position, length, bytes, at, needs })
    this.#waits = true
    if (kept === 0) this.#countRepeated(mine, segment)
    else mine.path = segment.path
    this.#all.heldBytes += kept
    while (this.#heldBytes > limits.heldBytesOfConnection) {
      counts.gaveUp++
      this.#giveUp(this.sent.heldBytes > this.received.heldBytes ? 'sent' : 'received')
    }
    if (this.#all.heldBytes > limits.heldBytes) this.#relieve()
  }

  /** All flows together hold too much: those that wait longest wait no more. */
  #relieve(): void {
    const { waiting, limits, counts } = this.#all
    for (const flow of [...waiting, this]) {
      if (this.#all.heldBytes <= limits.heldBytes) break
      counts.gaveUp++
      flow.flush()
    }
  }

  get #heldBytes(): number {
    return this.sent.heldBytes + this.received.heldBytes
  }

  #countRepeated(mine: Stream, segment: Segment): void {
    if (segment.path === mine.path) this.#all.counts.retransmitted++
    else this.#all.counts.duplicates++
  }

  #tell(way: Way, stream: Stream, length: number, bytes: Uint8Array, at: number, start = 0, end = bytes.length): void {
    const { sink, counts } = this.#all
    const position = stream.next
    const { sequence } = stream
    stream.next = position + length
    stream.sequence = (sequence + length) >>> 0
    if (end - start < length) counts.cutBytes += length - (end - start)
    if (at > this.#toldAt) this.#toldAt = at
    if (this.state !== 'open') return
    if (!this.#told) this.#open(this.#toldAt)
    sink.moved(this.id, way, position, length, sequence, false, bytes, this.#toldAt, start, end)
  }

  #open(at: number): void {
    this.#told = true
    const { sink, endpoints, counts } = this.#all
    counts.connections++
    const opened = {
      connection: this.id,
      at,
      role: this.connected ? ('connected' as const) : null,
      midLife: this.midLife,
      vantage: 'wire' as const,
      local: endpoints.text(this.near),
      remote: endpoints.text(this.far),
      unix: null,
      netns: null,
      pid: null,
      comm: null,
    }
    sink.opened(opened, null)
    if (!this.#timed) sink.untimed?.(this.id)
  }

  /** Tells whatever waits no longer. */
  #release(at: number): void {
    while (this.#releaseOf('sent', this.sent, this.received) || this.#releaseOf('received', this.received, this.sent));
    this.#end(this.sent)
    this.#end(this.received)
    if (this.sent.finished && this.received.finished) this.close(at)
    else this.#settle()
  }

  /** @returns whether something was told */
  #releaseOf(way: Way, stream: Stream, other: Stream): boolean {
    let any = false
    for (let first = stream.held[0]; first !== undefined; first = stream.held[0]) {
      if (first.position > stream.next) break
      // an acknowledged FIN is no payload
      if (first.needs > other.next + 1) {
        if (!this.#oneSided || other.shown) break
        this.#skip(way === 'sent' ? 'received' : 'sent', first.needs, first.at)
      }
      this.#tellFirst(way, stream)
      any = true
    }
    return any
  }

  #tellFirst(way: Way, stream: Stream): void {
    const kept = stream.heldBytes
    const first = stream.shift()
    if (first === undefined) return
    this.#all.heldBytes -= kept - stream.heldBytes
    const old = stream.next - first.position
    if (old >= first.length) return
    this.#tell(way, stream, first.length - old, old > 0 ? first.bytes.subarray(old) : first.bytes, first.at)
  }

  #end(stream: Stream): void {
    if (stream.finished || stream.fin < 0 || stream.next < stream.fin) return
    stream.finished = true
    stream.sequence = advanced(stream.sequence, 1)
  }

  /** What is found to wait is looked at later. */
  #settle(): void {
    this.#waits = this.sent.waits || this.received.waits
    if (!this.#waits) this.#all.waiting.delete(this)
    else if (this.state === 'open') this.#all.waiting.add(this)
  }

  /** Ends the waits that were too long. */
  look(at: number): void {
    for (const way of ['sent', 'received'] as const) {
      const stream = this[way]
      while (stream.waits && at >= this.#waitsUntil(way)) this.#giveUp(way)
    }
    this.#release(at)
  }

  #waitsUntil(way: Way): number {
    const { limits } = this.#all
    const stream = this[way]
    const other = way === 'sent' ? this.received : this.sent
    // what the other lacks is looked at there
    if (waitsFor(stream, other)) return Infinity
    if (stream.lacksAcknowledged) return stream.lacksSince + limits.disorderNs
    return stream.holeSeenAt + (other.shown ? limits.retransmissionNs : limits.oneSidedNs)
  }

  /** What a stream waits for will not come. */
  #giveUp(way: Way): void {
    const stream = this[way]
    const other = way === 'sent' ? this.received : this.sent
    if (waitsFor(stream, other)) {
      this.#giveUp(way === 'sent' ? 'received' : 'sent')
      return
    }
    const { limits, counts } = this.#all
    if (!stream.shown) this.#oneSided = true
    const acknowledged = stream.lacksAcknowledged
    const asked = other.held[0]?.needs ?? 0
    const to = Math.min(
      stream.heldFrom,
      acknowledged ? stream.acknowledged : Infinity,
      asked > stream.next + 1 ? asked : Infinity,
    )
    if (to <= stream.next) {
      this.#tellFirst(way, stream)
    } else if (!acknowledged && other.shown && stream.held.length === 1 && to > stream.next + limits.windowBytes) {
      const kept = stream.heldBytes
      stream.shift()
      this.#all.heldBytes -= kept - stream.heldBytes
      counts.strayed++
    } else if (to < Infinity) this.#skip(way, to, Math.min(stream.holeSeenAt, other.held[0]?.at ?? Infinity))
    while (this.#releaseOf('sent', this.sent, this.received) || this.#releaseOf('received', this.received, this.sent));
  }

  /** A hole: bytes moved that no segment shows. */
  #skip(way: Way, to: number, at: number): void {
    const stream = this[way]
    const { counts } = this.#all
    counts.lost++
    counts.lostBytes += to - stream.next
    stream.sequence = advanced(stream.sequence, to - stream.next)
    stream.next = to
    this.#tell(way, stream, 0, nothing, at)
  }

  /** Tells all that is held, whatever is missing before it. */
  flush(): void {
    while (this.sent.waits || this.received.waits) this.#giveUp(this.sent.waits ? 'sent' : 'received')
    this.#all.waiting.delete(this)
  }

  close(at: number): void {
    if (this.state === 'closed') return
    this.flush()
    if (this.#told) {
      this.#all.sink.closed(this.id, this.sent.next, this.received.next, Math.max(at, this.#toldAt))
    }
    this.state = 'closed'
  }

  /** It speaks nothing of interest: what moves on it is not told. */
  ignore(): void {
    if (this.state !== 'open') return
    this.state = 'ignored'
    this.#all.heldBytes -= this.#heldBytes
    this.sent.forget()
    this.received.forget()
    this.#all.waiting.delete(this)
  }

  /** Of an ignored connection only its end is of interest. */
  seeEnd(segment: Segment): void {
    const stream = segment.source === this.near ? this.sent : this.received
    stream.finished = true
    if (this.sent.finished && this.received.finished) this.close(segment.at)
  }

  /** Neither number is near what these ends were at: it is a later connection of the same ends, whose SYN was not seen. */
  isForeign({ source, sequence, acknowledgement }: Segment): boolean {
    const mine = source === this.near ? this.sent : this.received
    if (sequence === mine.sequence) return false
    const other = source === this.near ? this.received : this.sent
    const { windowBytes } = this.#all.limits
    const far = (stream: Stream, to: number) => stream.known && Math.abs(distance(to, stream.sequence)) > windowBytes
    return far(mine, sequence) && far(other, acknowledgement)
  }
}

/** What was seen of it, never as a Buffer: the slice of one is no copy, and its subarray costs three times as much. */
function payloadOf({ payload, payloadStart, payloadEnd }: Segment): Uint8Array {
  return new Uint8Array(payload.buffer, payload.byteOffset + payloadStart, payloadEnd - payloadStart)
}

/** In order itself, the stream waits for what the other lacks. */
function waitsFor(stream: Stream, other: Stream): boolean {
  return stream.heldFrom <= stream.next && other.lacksAcknowledged && other.heldFrom > other.next
}
