/** The live source: attached probes, their ring read on a timer, each record decoded, told and recorded. */
import { attach } from '../bpf/attach.ts'
import type { AttachMode } from '../bpf/attach-mode.ts'
import { decodeEvent, type EventMemory, type EventSink } from '../bpf/event.ts'
import type { Knobs } from '../bpf/knobs.ts'
import { libbpf } from '../bpf/libbpf.ts'
import { dropPrivileges } from '../bpf/privileges.ts'
import type { Probes } from '../bpf/probes.ts'
import type { ProcessIdentities } from '../kubernetes/process-identity.ts'
import { type CaptureClock, sinceStart, startClock } from './clock.ts'
import { giveBackProgramPages } from './program-pages.ts'
import type { RecordingWriter } from './recording-writer.ts'
import type { SelectorRules } from './selectors.ts'
import type { Losses, SourceSink } from './source.ts'

/** Milliseconds between two looks at the ring. A wake-up by the kernel would cost the observed program more than this costs us. */
const lookMs = 20
/** A ring found fuller than this share of its size is looked at again at once. */
const fullShare = 1 / 16
/** Bytes read in one go before timers get their turn. */
const burstBytes = 4 << 20

/** Containers are looked up again so often, in nanoseconds. */
const rulesNs = 1e9

/** Connections that ended unnoticed are looked for so often, in nanoseconds. */
const sweepNs = 500e6

/** What adds up in the kernel is looked at so often, in nanoseconds: sooner than a connection counts as quiet. */
const pullNs = 60e6

/** After a loss the kernel's map of connections is looked through, at most so often, in nanoseconds; and without one so often. */
const lossLookNs = 1e9
const quietLookNs = 60e9

export interface LiveCaptureOptions {
  mode: AttachMode | 'auto'
  knobs: Omit<Knobs, 'cpus' | 'ownPid' | 'preempts'>
  rules: SelectorRules
  ringBytes: number
  cpus: number
  identities: ProcessIdentities
}

export class LiveCapture {
  readonly clock: CaptureClock
  readonly #probes: Probes
  readonly #identities: ProcessIdentities
  readonly #rules: SelectorRules
  #rulesAt = 0
  #sink: SourceSink | undefined
  #writer: RecordingWriter | undefined
  #timer: NodeJS.Timeout | undefined
  #onError: (error: unknown) => void = () => {}
  readonly #events: EventSink
  #unknownRecords = 0
  #ringBytes = 0
  #pulledAt = 0
  #lookedAt = 0
  #mapLookedAt = 0
  #untoldBefore = 0
  #sweptAt = 0

  /** Attaches; nothing is read before `start`. */
  constructor({ mode, knobs, rules, ringBytes, cpus, identities }: LiveCaptureOptions) {
    this.#identities = identities
    this.clock = startClock()
    const all = { ...knobs, cpus, ownPid: process.pid }
    this.#rules = rules
    this.#probes = attach(mode, { knobs: all, rules: rules.now(), ringBytes })
    // loading needs the kernel's type information: megabytes for a moment
    libbpf().trimHeap()
    this.#events = {
      opened: (opened) => {
        const identity = this.#identities.identify(opened.pid, opened.cgroup)
        const peerPid = opened.unix?.peerPid ?? null
        const peer = peerPid === null ? null : this.#identities.identify(peerPid, null)
        this.#writer?.identity(identity, peer)
        this.#probes.untold.opened(opened.connection)
        this.#sink?.opened(opened, identity, peer)
      },
      // spelled out: rest and spread would build an array for each record
      moved: (connection, direction, position, moved, sequence, inFlight, bytes, at, start, end) => {
        const { pendings } = this.#probes
        if (!pendings.none) pendings.told(connection, direction === 'sent' ? 0 : 1, position + moved)
        this.#sink?.moved(connection, direction, position, moved, sequence, inFlight, bytes, at, start, end)
      },
      addingUp: (connection) => this.#probes.pendings.watch(connection),
      closed: (connection, sent, received, at) => {
        this.#probes.pendings.forget(connection)
        this.#probes.untold.closed(connection)
        this.#sink?.closed(connection, sent, received, at)
      },
    }
  }

  get mode(): AttachMode {
    return this.#probes.mode
  }

  /** Why no unix-domain socket is seen; null: they are. */
  get unixObstacle(): string | null {
    return this.#probes.unixObstacle
  }

  /** Nothing more can be attached by this process, nor started. @returns null, or why not all is given up */
  dropPrivileges(): string | null {
    return dropPrivileges(() => this.#probes.readable)
  }

  /** What came through the ring so far. */
  get ringBytes(): number {
    return this.#ringBytes
  }

  ignore(connection: number): void {
    // a recording keeps what the kernel would otherwise drop: only there can it be judged again
    if (this.#writer === undefined) this.#probes.verdicts.ignore(connection)
  }

  /** @param onError called once when reading fails; the capture must then be stopped */
  start(sink: SourceSink, onError: (error: unknown) => void, writer?: RecordingWriter): void {
    this.#sink = sink
    this.#writer = writer
    this.#onError = onError
    giveBackProgramPages()
    this.#timer = setTimeout(() => this.#look(), lookMs)
  }

  #look(): void {
    try {
      const { size } = this.#probes.ring
      const before = this.now()
      if (this.#rules.changing && before - this.#rulesAt > rulesNs) {
        this.#rulesAt = before
        this.#probes.filter.apply(this.#rules.now())
      }
      if (before - this.#sweptAt > sweepNs) {
        this.#sweptAt = before
        this.#probes.sweep()
      }
      const read = this.#drain()
      if (read < burstBytes) {
        if (before - this.#pulledAt >= pullNs) {
          this.#pulledAt = before
          this.#pull()
        }
        this.#lookForUntold(before)
        this.#sink?.tick(before)
      }
      this.#timer = setTimeout(() => this.#look(), read > size * fullShare ? 0 : lookMs)
    } catch (error) {
      this.#onError(error)
    }
  }

  /** @returns bytes read */
  #drain(most = burstBytes): number {
    const { ring } = this.#probes
    const { memory } = ring
    const read = ring.drain((offset, length) => {
      if (!decodeEvent(memory, offset, length, this.clock.beganNs, this.#events)) this.#unknownRecords++
      this.#writer?.event(memory.bytes.subarray(offset, offset + length))
    }, most)
    this.#ringBytes += read
    return read
  }

  #pull(): void {
    const { pendings } = this.#probes
    if (pendings.none) return
    pendings.pull((memory, length) => this.#takeWritten(memory, length))
  }

  /** What the ring had no room for, when it has been read and something was lost, or simply once in a while. */
  #lookForUntold(now: number): void {
    const { untold, ring } = this.#probes
    if (!untold.waiting && now - this.#lookedAt >= lossLookNs) {
      this.#lookedAt = now
      const { ringFullExchanges, untoldCloses } = this.#probes.losses()
      const lost = ringFullExchanges + untoldCloses
      if (lost === this.#untoldBefore && now - this.#mapLookedAt < quietLookNs) return
      this.#untoldBefore = lost
      this.#mapLookedAt = now
      untold.look(ring.produced, now)
    }
    this.#tellUntold()
  }

  #tellUntold(): void {
    const { untold, ring } = this.#probes
    untold.tell(ring.consumed, this.clock.beganNs, (memory, length) => this.#takeWritten(memory, length))
  }

  /** A record that did not come through the ring. */
  #takeWritten(memory: EventMemory, length: number): void {
    decodeEvent(memory, 0, length, this.clock.beganNs, this.#events)
    this.#writer?.event(memory.bytes.subarray(0, length))
  }

  losses(): Losses {
    const { ends } = this.#probes.untold
    return { ...this.#probes.losses(), unknownRecords: this.#unknownRecords, endedUnseen: ends }
  }

  /** Detaches, reads what is left, and frees everything. @returns what was lost */
  stop(): Losses {
    clearTimeout(this.#timer)
    try {
      this.#probes.sweep()
      this.#probes.detach()
      if (this.#sink !== undefined) {
        this.#drain(Infinity)
        this.#pull()
        this.#probes.untold.look(this.#probes.ring.produced, this.now())
        this.#tellUntold()
      }
      return this.losses()
    } finally {
      this.#probes.close()
    }
  }

  /** Nanoseconds since the capture began. */
  now(): number {
    return sinceStart(this.clock)
  }
}
