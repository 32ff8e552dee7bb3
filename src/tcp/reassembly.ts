/**
 * Segments become connections whose bytes are in order: finds each segment's connection, sees connections begin and end, and
 * lets time pass for what waits. What comes out is what a live source tells.
 */
import type { Losses, SourceSink } from '../capture/source.ts'
import type { Endpoints } from '../packets/endpoints.ts'
import { type Segment, type SegmentSink, tcpFlag } from '../packets/segment.ts'
import { keyOf } from './both-ends.ts'
import { Flow } from './flow.ts'
import type { FlowSurroundings } from './flow-surroundings.ts'
import { closedNs, freshTcpCounts, lookNs, type TcpCounts, type TcpLimits, tcpLimits } from './limits.ts'
import { advanced } from './sequence.ts'
import { Translations } from './translations.ts'

/** Of a full table so many of eight are let go at once, so that finding them is rare. */
const sparedOfEight = 7
const lifecycle = tcpFlag.syn | tcpFlag.rst

export interface ReassemblyOptions {
  sink: SourceSink
  endpoints: Endpoints
  limits?: Partial<TcpLimits>
}

export class Reassembly implements SegmentSink {
  readonly counts: TcpCounts = freshTcpCounts()
  readonly #all: FlowSurroundings
  /** By both ends: see keyOf. */
  readonly #flows = new Map<number, Flow>()
  /** The latest flow of each endpoint: a client's end has but one at a time. */
  readonly #latest: (Flow | undefined)[] = []
  /** In the order of their closing. */
  readonly #closed = new Set<Flow>()
  readonly #translations: Translations
  #ids = 0
  #nextLook = 0
  #current: Flow | undefined

  constructor({ sink, endpoints, limits = {} }: ReassemblyOptions) {
    this.#translations = new Translations(endpoints)
    this.#all = {
      sink,
      endpoints,
      limits: { ...tcpLimits, ...limits },
      counts: this.counts,
      waiting: new Set(),
      heldBytes: 0,
    }
  }

  segment(segment: Segment): void {
    const { at, source, destination } = segment
    this.counts.segments++
    if (source === destination) {
      // connected to itself: nothing tells its two directions apart
      this.counts.strayed++
      return
    }
    if (at >= this.#nextLook) this.#look(at)
    const flow = this.#find(source, destination)
    const passed = flow === undefined ? this.#translations.translated(segment) : undefined
    if (passed === undefined) this.#take(segment, flow)
    else this.#take(passed, this.#find(passed.source, passed.destination))
  }

  #take(segment: Segment, found: Flow | undefined): void {
    const { at, flags, payloadLength, source, destination } = segment
    let flow = found
    let { sequence } = segment
    if ((flags & lifecycle) !== 0) {
      if ((flags & tcpFlag.rst) !== 0) {
        if (flow !== undefined) this.#reset(flow, segment)
        return
      }
      flow = this.#synchronise(flow, segment)
      sequence = advanced(sequence, 1)
    } else if (flow === undefined || (payloadLength > 1 && this.#isOver(flow, segment))) {
      // what carries one byte may be a keep-alive, whose byte means nothing
      if (payloadLength <= 1) return
      flow = this.#begin(source, destination, segment)
    }
    if (flow.opening < 0 && payloadLength > 1) {
      const opening = this.#translations.opens(flow, segment, sequence)
      if (opening !== undefined) {
        this.#forget(flow, at)
        this.#translations.add(opening, segment)
        return
      }
    }
    flow.seenAt = at
    if (flow.state === 'open') {
      this.#current = flow
      flow.take(segment, sequence)
      if (flow.state !== 'open') this.#noteClosed(flow)
    } else if ((flags & tcpFlag.fin) !== 0) {
      flow.seeEnd(segment)
      this.#noteClosed(flow)
    }
  }

  /** Everything captured before `at` was told. */
  tick(at: number): void {
    this.#look(at)
    this.#all.sink.tick(at)
  }

  /** The capture ends: what waits is told, whatever is missing. */
  end(): void {
    for (const flow of this.#flows.values()) {
      this.#current = flow
      flow.flush()
    }
  }

  /** What this connection speaks is of no interest. Called while it is told. */
  ignore(connection: number): void {
    if (this.#current?.id === connection) this.#current.ignore()
  }

  losses(): Losses {
    const { lost, lostBytes, cutBytes, gaveUp, forgotten, strayed } = this.counts
    return {
      lostSegments: lost,
      lostSegmentBytes: lostBytes,
      cutBytes,
      reorderingLimits: gaveUp,
      forgottenConnections: forgotten,
      strayedSegments: strayed,
    }
  }

  #find(source: number, destination: number): Flow | undefined {
    const from = this.#latest[source]
    if (from !== undefined && from.near + from.far === source + destination && from.joins(source)) return from
    const to = this.#latest[destination]
    if (to !== undefined && to.near + to.far === source + destination && to.joins(source)) return to
    const flow = this.#flows.get(keyOf(source, destination))
    if (flow !== undefined) this.#latest[source] = this.#latest[destination] = flow
    return flow
  }

  #begin(near: number, far: number, { at }: Segment): Flow {
    this.#forget(this.#flows.get(keyOf(near, far)), at)
    if (this.#flows.size - this.#closed.size >= this.#all.limits.mostConnections) this.#makeRoom(at)
    const flow = new Flow(++this.#ids, near, far, at, this.#all)
    this.#flows.set(keyOf(near, far), flow)
    this.#latest[near] = this.#latest[far] = flow
    this.#all.endpoints.retain(near)
    this.#all.endpoints.retain(far)
    return flow
  }

  /** A SYN, or the answer to one (RFC 9293, 3.5): the beginning of a connection, unless it is one of an old SYN again. */
  #synchronise(old: Flow | undefined, segment: Segment): Flow {
    const { source, destination, flags, acknowledgement } = segment
    const first = advanced(segment.sequence, 1)
    const answers = (flags & tcpFlag.ack) !== 0
    if (old !== undefined) {
      const mine = source === old.near ? old.sent : old.received
      const other = source === old.near ? old.received : old.sent
      // numbers can repeat, too: a SYN is not sent again long after the connection was in use
      const inUse = old.state === 'closed' || mine.next > 0 || mine.finished
      const again = !inUse || segment.at - old.seenAt < this.#all.limits.oneSidedNs
      if (mine.known && mine.base === first && !old.midLife && again) return old
      const fresh = !old.midLife && old.state === 'open' && mine.next === 0 && mine.held.length === 0 && !mine.finished
      if (fresh && (answers || other.next === 0)) {
        // without an acknowledgement: both ends open at once, and neither is the client
        if (!answers) old.beginsHere(false)
        mine.begin(first)
        return old
      }
    }
    const flow = answers ? this.#begin(destination, source, segment) : this.#begin(source, destination, segment)
    flow.beginsHere(true)
    const mine = source === flow.near ? flow.sent : flow.received
    mine.begin(first)
    if (answers) flow.sent.begin(acknowledgement)
    return flow
  }

  /** A RST counts where the receiver would have taken it (RFC 5961, 3.2). */
  #reset(flow: Flow, segment: Segment): void {
    if (flow.state === 'closed') return
    const mine = segment.source === flow.near ? flow.sent : flow.received
    const position = mine.known ? mine.positionOf(segment.sequence) : 0
    const least = Math.min(mine.acknowledged, mine.next)
    const most = Math.max(mine.next, mine.heldTo) + this.#all.limits.resetBytes
    if (flow.state === 'open' && (position < least || position > most)) {
      this.counts.strayed++
      return
    }
    flow.resetBy = segment.source
    this.#current = flow
    flow.close(segment.at)
    this.#noteClosed(flow)
  }

  /** Whether a segment without SYN begins another life of the same ends. */
  #isOver(flow: Flow, segment: Segment): boolean {
    // nobody speaks after his own RST: that one came from elsewhere, and the other end did not take it
    if (flow.state === 'closed') return flow.resetBy === segment.source
    return flow.state === 'open' && flow.isForeign(segment)
  }

  #noteClosed(flow: Flow): void {
    if (flow.state !== 'closed') return
    this.#closed.add(flow)
    if (this.#closed.size <= this.#all.limits.mostClosed) return
    const [oldest] = this.#closed
    this.#forget(oldest, flow.seenAt)
  }

  #forget(flow: Flow | undefined, at: number): void {
    if (flow === undefined) return
    this.#current = flow
    flow.close(at)
    this.#closed.delete(flow)
    this.#translations.forget(flow)
    const { near, far } = flow
    this.#flows.delete(keyOf(near, far))
    if (this.#latest[near] === flow) this.#latest[near] = undefined
    if (this.#latest[far] === flow) this.#latest[far] = undefined
    this.#all.endpoints.release(near)
    this.#all.endpoints.release(far)
  }

  #makeRoom(at: number): void {
    const open = [...this.#flows.values()].filter(({ state }) => state !== 'closed')
    open.sort((a, b) => a.seenAt - b.seenAt)
    const spared = Math.floor((this.#all.limits.mostConnections * sparedOfEight) / 8)
    for (const flow of open.slice(0, Math.max(1, open.length - spared))) {
      this.counts.forgotten++
      this.#forget(flow, at)
    }
  }

  #look(at: number): void {
    this.#nextLook = at + lookNs
    for (const flow of this.#all.waiting) {
      this.#current = flow
      flow.look(at)
      this.#noteClosed(flow)
    }
    for (const flow of this.#closed) {
      if (at - flow.seenAt < closedNs) break
      this.#forget(flow, at)
    }
  }
}
