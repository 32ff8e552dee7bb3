/** What the sink is told of one flow: its opening once, what moves, its close; and never anything earlier than before. */
import type { Direction, SourceSink, Translated } from '../capture/source.ts'
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
  #translated: Translated | null = null
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

  /**
   * Of each end the address that it has on its own side: the first sender's was seen first, its receiver's last.
   * @param source what the receiver takes the sender for
   */
  translated(sender: number, receiver: number, source: number, destination: number): void {
    const { endpoints } = this.#all
    const forth = sender === this.#near
    const [atSender, atReceiver] = [endpoints.text(sender), endpoints.text(destination)]
    const [senderSees, receiverSees] = [endpoints.text(receiver), endpoints.text(source)]
    this.#translated = forth
      ? { local: atSender, remote: atReceiver, localSees: senderSees, remoteSees: receiverSees }
      : { local: atReceiver, remote: atSender, localSees: receiverSees, remoteSees: senderSees }
    if (this.#told) this.#all.sink.translated?.(this.#id, this.#translated)
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
    if (this.#translated !== null) sink.translated?.(this.#id, this.#translated)
  }

  closed(sent: number, received: number, at: number): void {
    if (this.#told) this.#all.sink.closed(this.#id, sent, received, Math.max(at, this.#toldAt))
  }
}
