/** What the sink is told of one flow: its opening once, what moves, its close; and never anything earlier than before. */
import type { Direction, SourceSink } from '../capture/source.ts'
import type { Endpoints } from '../packets/endpoints.ts'
import type { TcpCounts } from './limits.ts'
import { advanced } from './sequence.ts'
import type { Stream } from './stream.ts'

const nothing = new Uint8Array(0)

export interface AccountSurroundings {
  readonly sink: SourceSink
  readonly endpoints: Endpoints
  readonly counts: TcpCounts
}

export class FlowAccount {
  /** The near end connected: its SYN, or the answer to it, was seen. */
  connected = false
  midLife = true
  /** Nobody wants to hear of it, or its end was told. */
  silent = false
  readonly #id: number
  readonly #near: number
  readonly #far: number
  readonly #all: AccountSurroundings
  #told = false
  /** Of what was told last: what is told later is not earlier. */
  #toldAt = -Infinity
  /** Some of its packets have no time. */
  #timed = true

  constructor(id: number, near: number, far: number, all: AccountSurroundings) {
    this.#id = id
    this.#near = near
    this.#far = far
    this.#all = all
  }

  untimed(): void {
    if (!this.#timed) return
    this.#timed = false
    if (this.#told) this.#all.sink.untimed?.(this.#id)
  }

  /** The next bytes of a stream, in order. */
  tell(
    way: Direction,
    stream: Stream,
    length: number,
    bytes: Uint8Array,
    at: number,
    start = 0,
    end = bytes.length,
  ): void {
    const { sink, counts } = this.#all
    const position = stream.next
    const { sequence } = stream
    stream.next = position + length
    stream.sequence = (sequence + length) >>> 0
    if (end - start < length) counts.cutBytes += length - (end - start)
    if (at > this.#toldAt) this.#toldAt = at
    if (this.silent) return
    if (!this.#told) this.#open(this.#toldAt)
    sink.moved(this.#id, way, position, length, sequence, false, bytes, this.#toldAt, start, end)
  }

  /** A hole: bytes moved that no segment shows. */
  skip(way: Direction, stream: Stream, to: number, at: number): void {
    const { counts } = this.#all
    counts.lost++
    counts.lostBytes += to - stream.next
    stream.sequence = advanced(stream.sequence, to - stream.next)
    stream.next = to
    this.tell(way, stream, 0, nothing, at)
  }

  #open(at: number): void {
    this.#told = true
    const { sink, endpoints, counts } = this.#all
    counts.connections++
    const opened = {
      connection: this.#id,
      at,
      role: this.connected ? ('connected' as const) : null,
      midLife: this.midLife,
      vantage: 'wire' as const,
      local: endpoints.text(this.#near),
      remote: endpoints.text(this.#far),
      unix: null,
      netns: null,
      pid: null,
      comm: null,
    }
    sink.opened(opened, null)
    if (!this.#timed) sink.untimed?.(this.#id)
  }

  closed(sent: number, received: number, at: number): void {
    if (this.#told) this.#all.sink.closed(this.#id, sent, received, Math.max(at, this.#toldAt))
  }
}
