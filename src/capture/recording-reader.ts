/** A file of a recording, as the timeline reads it: tells what the live capture told. */
import type { z } from 'zod'
import { decodeEvent, EventMemory, type EventSink, type KernelOpened } from '../bpf/event.ts'
import { cutText, isPossible, type Step, type Track } from '../packets/track.ts'
import type { Window } from '../packets/window.ts'
import { QuerytapError } from '../querytap-error.ts'
import type { RecordedCapture } from './recorded-capture.ts'
import {
  footerSchema,
  formatVersion,
  frameHeaderBytes,
  frameKind,
  headerSchema,
  identitySchema,
  longestFrame,
  magic,
  paddedLength,
  type RecordingHeader,
} from './recording-format.ts'

/** Where an event's time lies, in each of them. */
const timeOffset = 16

/** One object for each file, overwritten by its next frame. */
interface Frame {
  kind: number
  offset: number
  length: number
}

export function isRecording(first: Uint8Array): boolean {
  return first.length >= magic.length && magic.every((byte, i) => first[i] === byte)
}

export class RecordingTrack implements Track {
  readonly window: Window
  at = 0
  #magicRead = false
  #header: RecordingHeader | undefined
  #footer: z.output<typeof footerSchema> | undefined
  readonly #captureOf: (header: RecordingHeader) => RecordedCapture
  #capture: RecordedCapture | undefined
  #memory = new EventMemory(new ArrayBuffer(0))
  /** CLOCK_MONOTONIC at the timeline's time 0, and nanoseconds since 1970 then. */
  #beganNs = 0
  #epochNs = 0
  readonly #frame: Frame = { kind: 0, offset: 0, length: 0 }
  /** An event is. */
  #ready = false
  #identity: z.output<typeof identitySchema> | null = null
  #ended = false
  readonly #events: EventSink

  /** @param captureOf gives the capture that a file with this header is a part of; asked for when its first event is told */
  constructor(window: Window, captureOf: (header: RecordingHeader) => RecordedCapture) {
    this.window = window
    this.#captureOf = captureOf
    this.#events = {
      opened: (opened) => this.#opened(opened),
      // spelled out: rest and spread would build an array for each event
      moved: (connection, direction, position, moved, sequence, inFlight, bytes, at, start, end) =>
        this.#capture?.moved(connection, direction, position, moved, sequence, inFlight, bytes, at, start, end),
      // what adds up was recorded as it was told
      addingUp() {},
      closed: (connection, sent, received, at) => this.#capture?.closed(connection, sent, received, at),
    }
  }

  get header(): RecordingHeader | undefined {
    return this.#header
  }

  get beginsNs(): bigint | null {
    return this.#header === undefined ? null : BigInt(this.#header.epochNs)
  }

  begin(epochNs: bigint): void {
    const header = this.#header
    if (header === undefined) return
    this.#beganNs = header.beganNs - Number(BigInt(header.epochNs) - epochNs)
    this.#epochNs = Number(epochNs)
    this.#capture = this.#captureOf(header)
    this.#setTime()
    this.#tellFooter()
  }

  #tellFooter(): void {
    if (this.#footer === undefined || this.#capture === undefined || this.#header === undefined) return
    this.#capture.footer(this.#footer.at + this.#header.beganNs - this.#beganNs, this.#footer.losses)
  }

  #setTime(): void {
    if (this.#ready) this.at = this.#memory.wide(this.#frame.offset + timeOffset) - this.#beganNs
  }

  next(): Step {
    if (this.#header === undefined && !this.#readHeader()) return 'more'
    for (;;) {
      if (this.#ended) return 'end'
      const frame = this.#nextFrame()
      if (frame === undefined) return 'more'
      switch (frame.kind) {
        case frameKind.event:
        case frameKind.continued:
          if (frame.length < timeOffset + 8) throw this.#broken('an event of an unknown form', frame.offset)
          this.#ready = true
          this.#setTime()
          if (!Number.isSafeInteger(this.at) || !isPossible(this.#epochNs + this.at))
            throw this.#broken('an event of an impossible time', frame.offset)
          return 'ready'
        case frameKind.identity:
          this.#identity = this.#json(frame, identitySchema)
          break
        case frameKind.footer:
          this.#footer = this.#json(frame, footerSchema)
          if (!isPossible(this.#footer.at)) throw this.#broken('a footer of an impossible time', frame.offset)
          this.#ended = true
          this.#tellFooter()
          break
        default:
          throw this.#broken(`a frame of unknown kind ${frame.kind}`, frame.offset - frameHeaderBytes)
      }
    }
  }

  tell(): void {
    const frame = this.#frame
    if (!this.#ready || this.#capture === undefined) return
    if (!decodeEvent(this.#memory, frame.offset, frame.length, this.#beganNs, this.#events)) {
      throw this.#broken('an event of an unknown form', frame.offset)
    }
    this.#capture.events++
  }

  #opened(opened: KernelOpened): void {
    const identity = this.#identity
    this.#identity = null
    const peer = identity?.peer ?? null
    if (this.#frame.kind === frameKind.continued) this.#capture?.continued(opened, identity, peer)
    else this.#capture?.opened(opened, identity, peer)
  }

  #readHeader(): boolean {
    const { window } = this
    if (!this.#magicRead) {
      if (!window.has(magic.length)) return false
      window.start += magic.length
      this.#magicRead = true
    }
    const frame = this.#nextFrame()
    if (frame === undefined) return false
    if (frame.kind !== frameKind.header) throw this.#broken('no header', frame.offset - frameHeaderBytes)
    const header = this.#json(frame, headerSchema)
    if (header.version > formatVersion) {
      const text = `read ${window.source.name}: recording format ${header.version} is newer than ${formatVersion}, which this querytap reads`
      throw new QuerytapError('RECORDING', text, { hint: 'update querytap' })
    }
    this.#header = header
    return true
  }

  /** @returns undefined where the window has too little */
  #nextFrame(): Frame | undefined {
    const { window } = this
    if (!window.has(frameHeaderBytes)) return undefined
    const { buffer } = window.bytes
    if (this.#memory.bytes.buffer !== buffer && buffer instanceof ArrayBuffer) this.#memory = new EventMemory(buffer)
    const kind = this.#memory.word(window.start)
    const length = this.#memory.word(window.start + 4)
    if (length > longestFrame) throw this.#broken(`a frame of ${length} bytes`, window.start)
    const whole = frameHeaderBytes + paddedLength(length)
    if (!window.has(whole)) return undefined
    const offset = window.start + frameHeaderBytes
    window.start += whole
    const frame = this.#frame
    frame.kind = kind
    frame.offset = offset
    frame.length = length
    return frame
  }

  #json<Schema extends z.ZodType>(frame: Frame, schema: Schema): z.output<Schema> {
    const text = this.window.bytes.toString('utf8', frame.offset, frame.offset + frame.length)
    try {
      return schema.parse(JSON.parse(text))
    } catch (cause) {
      throw this.#broken('a frame that cannot be read', frame.offset, cause)
    }
  }

  /** @param offset in the window */
  #broken(what: string, offset: number, cause?: unknown): QuerytapError {
    const { source, position, start } = this.window
    const text = `read ${source.name}: ${what} at byte ${position - start + offset}`
    return new QuerytapError('RECORDING', text, { hint: 'the recording is damaged', cause })
  }

  missing(): string | null {
    const cut = cutText(this.window, 'a record')
    if (cut !== null) return cut
    const { source, position } = this.window
    return `${source.name} ends at byte ${position} without its footer: what came after is missing`
  }
}
