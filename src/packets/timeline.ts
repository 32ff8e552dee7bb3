/** Several capture files as one timeline: what they hold is told in the order of its time, each file open only for its own. */
import { statSync } from 'node:fs'
import { QuerytapError } from '../querytap-error.ts'
import type { RecordingHeader } from '../capture/recording-format.ts'
import { RecordingTrack } from '../capture/recording-reader.ts'
import { standardInput } from './byte-source.ts'
import type { CaptureFile } from './capture-files.ts'
import { NoCapture } from './open-track.ts'
import { chained, type TimelineEntry } from './timeline-entry.ts'
import type { Step, Track } from './track.ts'

/** Files of the same time that are read at once, at most. */
const mostOpen = 256
/** Milliseconds between two looks at the clock while nothing comes. */
const idleMs = 250

export interface TimelineOptions {
  /** Opens a file to be told. */
  open: (path: string) => Promise<Track>
  /** Opens a file to be looked at: nothing of it is told. */
  peek: (path: string) => Promise<Track>
  /** A file, or a part of one, cannot be read. */
  onProblem: (error: QuerytapError | string) => void
  /** A file that its directory names is no capture: other things may lie there. */
  onPassedOver: (path: string) => void
  /** Called after each read, for whatever else has to be done. */
  pause: () => Promise<void> | undefined
  /** Called now and then while a pipe has nothing. */
  idle: () => void
  /** Ends the wait for a pipe: nobody wants to know more. */
  stopped: Promise<void>
}

export class Timeline {
  /** Of packed files, as they lie there; of pipes nothing. */
  totalBytes = 0
  /** Files that could be opened, and the captures that were recorded in them. */
  files = 0
  readonly recordings: RecordingHeader[] = []
  /** One of them is a pipe. */
  live = false
  #stopped = false
  readonly #options: TimelineOptions
  #waiting: TimelineEntry[] = []
  readonly #open = new Map<Track, TimelineEntry>()
  #closedBytes = 0

  constructor(options: TimelineOptions) {
    this.#options = options
  }

  /** Bytes of `totalBytes` that were read. */
  get readBytes(): number {
    return [...this.#open.keys()].reduce((sum, { window }) => sum + window.source.readBytes, this.#closedBytes)
  }

  /**
   * Looks where each file begins.
   * @returns nanoseconds since 1970 at which the first does; null where no file can be read
   */
  async plan(files: readonly CaptureFile[]): Promise<bigint | null> {
    const entries: TimelineEntry[] = []
    for (const file of files) {
      const entry = await this.#look(file)
      if (entry !== null) entries.push(entry)
    }
    this.files = entries.length
    this.#waiting = chained(entries)
    if (entries.length === 0) return null
    const begins = entries.map(({ beginsNs }) => beginsNs).filter((each) => each !== null)
    return begins.reduce((first, each) => (each < first ? each : first), begins[0] ?? 0n)
  }

  async #look({ path, named }: CaptureFile): Promise<TimelineEntry | null> {
    let track: Track | undefined
    try {
      const file = path !== standardInput && statSync(path, { throwIfNoEntry: false })?.isFile() === true
      track = file ? await this.#options.peek(path) : await this.#options.open(path)
      const step = await this.#first(track)
      const header = track instanceof RecordingTrack ? track.header : undefined
      const entry = { path, beginsNs: track.beginsNs, capture: header?.capture ?? null, part: header?.part ?? 1 }
      this.live ||= !file
      if (header !== undefined) this.recordings.push(header)
      if (!file && step === 'more') this.#sayMissing(track)
      this.totalBytes += track.window.source.fileBytes ?? 0
      if (file) track.window.source.close()
      return { ...entry, track: file ? null : track, ready: step === 'ready', next: null }
    } catch (error) {
      track?.window.source.close()
      if (!named && error instanceof NoCapture) this.#options.onPassedOver(path)
      else this.#problem(error)
      return null
    }
  }

  async #first(track: Track): Promise<Step> {
    for (let step = track.next(); ; step = track.next()) {
      if (step !== 'more') return step
      if (!(await this.#filled(track))) return 'more'
    }
  }

  /** Tells all of it. Call after `plan`. */
  async run(epochNs: bigint): Promise<void> {
    const first = (entry: TimelineEntry | undefined) => Number((entry?.beginsNs ?? epochNs) - epochNs)
    try {
      for (;;) {
        let [earliest, nextAt] = this.#earliest()
        while (this.#waiting.length > 0 && this.#open.size < mostOpen) {
          if (earliest !== undefined && first(this.#waiting[0]) > earliest.at) break
          await this.#openNext(epochNs)
          ;[earliest, nextAt] = this.#earliest()
        }
        if (earliest === undefined) {
          if (this.#waiting.length === 0) return
          continue
        }
        const until = this.#waiting.length === 0 ? nextAt : Math.min(nextAt, first(this.#waiting[0]))
        if (!(await this.#follow(earliest, until))) await this.#end(earliest, epochNs)
      }
    } finally {
      for (const track of this.#open.keys()) track.window.source.close()
    }
  }

  /** The track whose turn it is, and when another's comes. */
  #earliest(): [Track | undefined, number] {
    let earliest: Track | undefined
    let nextAt = Infinity
    for (const track of this.#open.keys()) {
      if (earliest === undefined || track.at < earliest.at) {
        if (earliest !== undefined) nextAt = Math.min(nextAt, earliest.at)
        earliest = track
      } else nextAt = Math.min(nextAt, track.at)
    }
    return [earliest, nextAt]
  }

  async #openNext(epochNs: bigint): Promise<void> {
    const entry = this.#waiting.shift()
    if (entry !== undefined) await this.#openEntry(entry, epochNs)
  }

  async #openEntry(entry: TimelineEntry, epochNs: bigint): Promise<void> {
    let track = entry.track
    try {
      if (track === null) {
        track = await this.#options.open(entry.path)
        this.#open.set(track, entry)
        const step = await this.#first(track)
        track.begin(epochNs)
        if (step === 'ready') return
        if (step === 'more') this.#sayMissing(track)
        await this.#end(track, epochNs)
      } else {
        this.#open.set(track, entry)
        track.begin(epochNs)
        if (!entry.ready) await this.#end(track, epochNs)
      }
    } catch (error) {
      this.#problem(error)
      if (track !== null) await this.#end(track, epochNs)
    }
  }

  /** Tells what the track has until its time passes `until`. @returns false where the track ended */
  async #follow(track: Track, until: number): Promise<boolean> {
    try {
      for (;;) {
        track.tell()
        let step = track.next()
        while (step === 'more') {
          const filled = this.#filled(track)
          if (!(typeof filled === 'boolean' ? filled : await filled)) {
            this.#sayMissing(track)
            return false
          }
          const pause = this.#options.pause()
          if (pause !== undefined) await pause
          step = track.next()
        }
        if (step === 'end') return false
        if (track.at > until) return true
      }
    } catch (error) {
      this.#problem(error)
      return false
    }
  }

  #filled(track: Track): boolean | Promise<boolean> {
    const filled = track.window.fill()
    return typeof filled === 'boolean' || !track.window.source.live ? filled : this.#wait(filled)
  }

  async #wait(filled: Promise<boolean>): Promise<boolean> {
    const timer = setInterval(() => this.#options.idle(), idleMs)
    const stopped = this.#options.stopped.then(() => {
      this.#stopped = true
      return false
    })
    try {
      return await Promise.race([filled, stopped])
    } finally {
      clearInterval(timer)
    }
  }

  async #end(track: Track, epochNs: bigint): Promise<void> {
    const entry = this.#open.get(track)
    this.#open.delete(track)
    this.#closedBytes += track.window.source.fileBytes ?? 0
    track.window.source.close()
    if (entry?.next != null) await this.#openEntry(entry.next, epochNs)
  }

  #sayMissing(track: Track): void {
    const missing = this.#stopped ? null : track.missing()
    if (missing !== null) this.#options.onProblem(missing)
  }

  /** Damage of a file ends that file only; everything else ends all. */
  #problem(error: unknown): void {
    if (!(error instanceof QuerytapError) || !['CAPTURE', 'RECORDING', 'FILE'].includes(error.code)) throw error
    this.#options.onProblem(error)
  }
}
