/**
 * One TCP connection of a capture: puts both directions' bytes in order, and each direction in order with the other: what a
 * sender had acknowledged when it spoke is told before what it said. What never comes becomes a hole of exact size.
 */
import type { Direction } from '../capture/source.ts'
import { payloadOf, type Segment, tcpFlag } from '../packets/segment.ts'
import { FlowAccount } from './flow-account.ts'
import { type FlowSurroundings, relieve } from './flow-surroundings.ts'
import { goesOnAt, waitsFor, waitsUntil } from './patience.ts'
import { advanced } from './sequence.ts'
import { Stream } from './stream.ts'
import type { Opening } from './translations.ts'

export class Flow {
  readonly id: number
  readonly near: number
  readonly far: number
  readonly sent = new Stream()
  readonly received = new Stream()
  state: 'open' | 'ignored' | 'closed' = 'open'
  /** The sender of the RST that closed it. */
  resetBy = -1
  /** Sequence number of the first payload that was seen; −1: none. */
  opening = -1
  /** Of the last packet. */
  seenAt: number
  readonly #all: FlowSurroundings
  readonly #account: FlowAccount
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
    this.#account = new FlowAccount(id, near, far, all)
  }

  /** Its beginning was seen. @param connected whether it is known that the near end connected */
  beginsHere(connected: boolean): void {
    this.#account.midLife = false
    this.#account.connected = connected
  }

  get midLife(): boolean {
    return this.#account.midLife
  }

  /** Its first payload was seen under other addresses too, and later. */
  translated({ sender, receiver }: Opening, { source, destination }: Segment): void {
    this.#account.translated(sender, receiver, source, destination)
  }

  /** Whether this is one of its ends. */
  joins(endpoint: number): boolean {
    return this.near === endpoint || this.far === endpoint
  }

  /** Payload, acknowledgement and FIN of a segment. @param sequence of the payload's first byte */
  take(segment: Segment, sequence: number): void {
    if (!segment.timed) this.#account.untimed()
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
      this.#account.tell(outward ? 'sent' : 'received', mine, payloadLength, payload, at, payloadStart, payloadEnd)
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
    if (this.#all.heldBytes > limits.heldBytes) relieve(this.#all, this)
  }

  get #heldBytes(): number {
    return this.sent.heldBytes + this.received.heldBytes
  }

  #countRepeated(mine: Stream, segment: Segment): void {
    if (segment.path === mine.path) this.#all.counts.retransmitted++
    else this.#all.counts.duplicates++
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
  #releaseOf(way: Direction, stream: Stream, other: Stream): boolean {
    let any = false
    for (let first = stream.held[0]; first !== undefined; first = stream.held[0]) {
      if (first.position > stream.next) break
      // an acknowledged FIN is no payload
      if (first.needs > other.next + 1) {
        if (!this.#oneSided || other.shown) break
        this.#account.skip(way === 'sent' ? 'received' : 'sent', other, first.needs, first.at)
      }
      this.#tellFirst(way, stream)
      any = true
    }
    return any
  }

  #tellFirst(way: Direction, stream: Stream): void {
    const kept = stream.heldBytes
    const first = stream.shift()
    if (first === undefined) return
    this.#all.heldBytes -= kept - stream.heldBytes
    const old = stream.next - first.position
    if (old >= first.length) return
    this.#account.tell(way, stream, first.length - old, old > 0 ? first.bytes.subarray(old) : first.bytes, first.at)
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
      const other = way === 'sent' ? this.received : this.sent
      while (stream.waits && at >= waitsUntil(stream, other, this.#all.limits)) this.#giveUp(way)
    }
    this.#release(at)
  }

  /** What a stream waits for will not come. */
  #giveUp(way: Direction): void {
    const stream = this[way]
    const other = way === 'sent' ? this.received : this.sent
    if (waitsFor(stream, other)) {
      this.#giveUp(way === 'sent' ? 'received' : 'sent')
      return
    }
    const { limits, counts } = this.#all
    if (!stream.shown) this.#oneSided = true
    const acknowledged = stream.lacksAcknowledged
    const to = goesOnAt(stream, other)
    if (to <= stream.next) {
      this.#tellFirst(way, stream)
    } else if (!acknowledged && other.shown && stream.held.length === 1 && to > stream.next + limits.windowBytes) {
      const kept = stream.heldBytes
      stream.shift()
      this.#all.heldBytes -= kept - stream.heldBytes
      counts.strayed++
    } else if (to < Infinity)
      this.#account.skip(way, stream, to, Math.min(stream.holeSeenAt, other.held[0]?.at ?? Infinity))
    while (this.#releaseOf('sent', this.sent, this.received) || this.#releaseOf('received', this.received, this.sent));
  }

  /** Tells all that is held, whatever is missing before it. */
  flush(): void {
    while (this.sent.waits || this.received.waits) this.#giveUp(this.sent.waits ? 'sent' : 'received')
    this.#all.waiting.delete(this)
  }

  close(at: number): void {
    if (this.state === 'closed') return
    this.flush()
    this.#account.closed(this.sent.next, this.received.next, at)
    this.state = 'closed'
    this.#account.silent = true
  }

  /** It speaks nothing of interest: what moves on it is not told. */
  ignore(): void {
    if (this.state !== 'open') return
    this.state = 'ignored'
    this.#account.silent = true
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
    return mine.isFarFrom(sequence, windowBytes) && other.isFarFrom(acknowledgement, windowBytes)
  }
}
