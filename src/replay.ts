/** A replay: capture files as one timeline, through the same pipeline as a live capture. */
import { RecordedCapture } from './capture/recorded-capture.ts'
import type { RecordingHeader } from './capture/recording-format.ts'
import type { Losses } from './capture/source.ts'
import { type ConnectionCounts, sumOfCounts } from './connections/connection-counts.ts'
import type { CaptureFile } from './packets/capture-files.ts'
import type { PortProtocols } from './connections/port-protocols.ts'
import type { FindingKind } from './findings/finding-kind.ts'
import { openTrack } from './packets/open-track.ts'
import { PacketSource } from './packets/packet-source.ts'
import { Timeline } from './packets/timeline.ts'
import { Pipeline } from './pipeline.ts'
import type { QuerytapError } from './querytap-error.ts'
import type { QuerytapRecord } from './record.ts'
import { type ExchangeSelection, Selected } from './report/selected.ts'
import type { Store } from './store/store.ts'

/** Milliseconds between two batches for the store, and between two turns of the event loop. */
const flushMs = 1000
const turnMs = 100
/** Of the names of what is replayed, in the store. */
const mostSource = 500

export interface ReplayOptions {
  store: Store
  slowNs: number
  /** Only these exchanges count; undefined: all. */
  selection: ExchangeSelection | undefined
  /** Ports whose protocol is not asked of the bytes. */
  decode?: PortProtocols | undefined
  /** Values stay in records. */
  keepLiterals: boolean
  /** Kinds of findings that are not looked for. */
  ignoredFindings?: readonly FindingKind[]
  onRecord: (record: QuerytapRecord, ageNs: number | null) => void
  /** A file that cannot be read, or not to its end. */
  onProblem: (problem: QuerytapError | string) => void
  /** A file of a directory that is no capture. */
  onPassedOver: (path: string) => void
  /** Called now and then. */
  onProgress: (readBytes: number, totalBytes: number) => void
  stopped: Promise<void>
}

export class Replay {
  problems = 0
  run = 0
  readonly timeline: Timeline
  readonly #options: ReplayOptions
  readonly #packets = new PacketSource()
  readonly #pipelines: Pipeline[] = []
  readonly #captures = new Map<RecordingHeader | string, { capture: RecordedCapture; pipeline: Pipeline }>()
  #epochNs = 0n
  #flushedAt = performance.now()
  #turnedAt = performance.now()

  constructor(options: ReplayOptions) {
    this.#options = options
    const onProblem = (problem: QuerytapError | string): void => this.#problem(problem)
    const captureOf = (header: RecordingHeader): RecordedCapture => this.#captureOf(header)
    const { dissector, paths } = this.#packets
    const peeked = new PacketSource()
    this.timeline = new Timeline({
      open: (path) => openTrack(path, { dissector, paths, captureOf, onProblem }),
      peek: (path) =>
        openTrack(path, { dissector: peeked.dissector, paths: peeked.paths, captureOf, onProblem: () => {} }),
      onProblem,
      onPassedOver: options.onPassedOver,
      pause: () => this.#pause(),
      idle: () => this.#idle(),
      stopped: options.stopped,
    })
  }

  #problem(problem: QuerytapError | string): void {
    this.problems++
    this.#options.onProblem(problem)
  }

  /** @returns false where no file can be read at all */
  async play(files: readonly CaptureFile[]): Promise<boolean> {
    const { store, slowNs } = this.#options
    const epochNs = await this.timeline.plan(files)
    if (epochNs === null) {
      if (this.problems === 0) this.#problem('replay: there is no capture file')
      return false
    }
    this.#epochNs = epochNs
    const [recording, another] = this.timeline.recordings
    const one = another === undefined ? recording : undefined
    this.run = store.beginRun({
      startedAt: epochNs,
      source: files
        .map(({ path }) => path)
        .join(' ')
        .slice(0, mostSource),
      kernel: one?.kernel ?? null,
      attachMode: one?.attachMode ?? null,
      slowNs,
    })
    const pipeline = this.#pipeline((connection) => this.#packets.ignore(connection))
    this.#packets.connect(pipeline.connections)
    await this.timeline.run(epochNs)
    this.#packets.end()
    pipeline.end(this.#packets.dissector.endedAt)
    for (const { capture, pipeline: each } of this.#captures.values()) each.end(capture.endedAt)
    this.#told()
    store.writeLosses(this.run, this.losses())
    store.endRun(this.run, epochNs + BigInt(Math.round(this.#endedAt())))
    return true
  }

  #pipeline(ignore: (connection: number) => void): Pipeline {
    const { store, slowNs, onRecord, keepLiterals, ignoredFindings = [], selection, decode } = this.#options
    const epochNs = this.#epochNs
    const selected = selection === undefined ? undefined : new Selected(store, selection, epochNs)
    const pipeline = new Pipeline({
      store,
      slowNs,
      epochNs,
      onRecord,
      keepLiterals,
      ignoredFindings,
      ignore,
      decode,
      selected,
    })
    this.#pipelines.push(pipeline)
    return pipeline
  }

  /** Connections are numbered within a capture: each has a pipeline of its own. */
  #captureOf(header: RecordingHeader): RecordedCapture {
    const key = header.capture ?? header
    const known = this.#captures.get(key)
    if (known !== undefined) return known.capture
    const pipeline = this.#pipeline(() => {})
    const capture = new RecordedCapture(header, pipeline.connections)
    this.#captures.set(key, { capture, pipeline })
    return capture
  }

  #endedAt(): number {
    const ends = [...this.#captures.values()].map(({ capture }) => capture.endedAt)
    return Math.max(this.#packets.dissector.endedAt, ...ends)
  }

  /** What makes the exit code although every file was read. */
  #told(): void {
    const { packets, segments, withoutTime } = this.#packets.dissector
    if (withoutTime > 0) this.#problem(`${withoutTime} packets have no time: nothing is measured on their connections`)
    if (packets > 0 && segments === 0) this.#problem(`none of the ${packets} packets is TCP`)
  }

  #pause(): Promise<void> | undefined {
    const now = performance.now()
    if (now - this.#turnedAt < turnMs) return undefined
    this.#turnedAt = now
    if (now - this.#flushedAt >= flushMs) this.#flush(now)
    this.#options.onProgress(this.timeline.readBytes, this.timeline.totalBytes)
    return new Promise((resolve) => setImmediate(resolve))
  }

  #idle(): void {
    this.#packets.idle(Number(BigInt(Date.now()) * 1_000_000n - this.#epochNs))
    this.#flush(performance.now())
  }

  #flush(now: number): void {
    this.#flushedAt = now
    for (const pipeline of this.#pipelines) pipeline.flush()
  }

  get packets(): { packets: number; segments: number } {
    return this.#packets.dissector
  }

  get events(): number {
    return [...this.#captures.values()].reduce((sum, { capture }) => sum + capture.events, 0)
  }

  get seenExchanges(): number {
    return this.#pipelines.reduce((sum, { exchanges }) => sum + exchanges, 0)
  }

  counts(): ConnectionCounts {
    return sumOfCounts(this.#pipelines.map(({ counts }) => counts))
  }

  losses(): Losses {
    const sum: Losses = {}
    const add = (losses: Losses, known: Losses = {}): void => {
      for (const [cause, count] of Object.entries(losses)) {
        if (!(cause in known)) sum[cause] = (sum[cause] ?? 0) + count
      }
    }
    for (const pipeline of this.#pipelines) add(pipeline.connections.losses())
    // what parsers lost is counted again by this run's parsers
    const counted = { ...sum }
    for (const { capture } of this.#captures.values()) add(capture.losses ?? {}, counted)
    if (this.#packets.dissector.packets > 0) add(this.#packets.losses())
    return sum
  }
}
