/** A capture that was recorded, in one part or several: tells a sink what the live capture told, wherever the first part begins. */
import type { KernelOpened } from '../bpf/event.ts'
import type { ProcessIdentity } from '../kubernetes/process-identity.ts'
import type { RecordingHeader } from './recording-format.ts'
import type { Direction, Losses, SourceSink } from './source.ts'

/** Bytes that moved in either direction before the first part that is there; null until something says so. */
interface Bases {
  sent: number | null
  received: number | null
}

export class RecordedCapture {
  readonly header: RecordingHeader
  events = 0
  /** Of the last event, nanoseconds since the timeline's time 0. */
  endedAt = 0
  /** Of all parts; null where no part has a footer. */
  losses: Losses | null = null
  readonly #sink: SourceSink
  readonly #open = new Set<number>()
  readonly #bases = new Map<number, Bases>()

  constructor(header: RecordingHeader, sink: SourceSink) {
    this.header = header
    this.#sink = sink
  }

  opened(opened: KernelOpened, identity: ProcessIdentity | null, peer: ProcessIdentity | null): void {
    this.#note(opened.at)
    this.#open.add(opened.connection)
    this.#sink.opened(opened, identity, peer)
  }

  /** Of a connection that an earlier part has: without that part it is joined in mid-life. */
  continued(opened: KernelOpened, identity: ProcessIdentity | null, peer: ProcessIdentity | null): void {
    if (this.#open.has(opened.connection)) return
    this.#bases.set(opened.connection, { sent: null, received: null })
    this.opened({ ...opened, midLife: true }, identity, peer)
  }

  moved(
    connection: number,
    direction: Direction,
    position: number,
    moved: number,
    sequence: number,
    sendInFlight: boolean,
    bytes: Uint8Array,
    at: number,
    start?: number,
    end?: number,
  ): void {
    this.#note(at)
    let from = position
    if (this.#bases.size > 0) {
      const bases = this.#bases.get(connection)
      if (bases !== undefined) from -= bases[direction] ??= position
    }
    this.#sink.moved(connection, direction, from, moved, sequence, sendInFlight, bytes, at, start, end)
  }

  closed(connection: number, sent: number, received: number, at: number): void {
    this.#note(at)
    this.#open.delete(connection)
    const bases = this.#bases.get(connection)
    this.#bases.delete(connection)
    if (bases === undefined) this.#sink.closed(connection, sent, received, at)
    else this.#sink.closed(connection, sent - (bases.sent ?? sent), received - (bases.received ?? received), at)
  }

  footer(at: number, losses: Losses): void {
    this.#note(at)
    this.losses ??= {}
    for (const [cause, count] of Object.entries(losses)) this.losses[cause] = (this.losses[cause] ?? 0) + count
  }

  #note(at: number): void {
    if (at > this.endedAt) this.endedAt = at
  }
}
