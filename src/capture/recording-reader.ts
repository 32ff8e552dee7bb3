/** The recorded source: reads a recording and tells what the live capture told. */
import { Buffer } from 'node:buffer'
import { closeSync, openSync, readSync } from 'node:fs'
import type { z } from 'zod'
import { decodeEvent, EventMemory, type EventSink } from '../bpf/event.ts'
import type { ProcessIdentity } from '../kubernetes/process-identity.ts'
import { QuerytapError } from '../querytap-error.ts'
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
import type { Losses, SourceSink } from './source.ts'

const blockBytes = 1 << 20

export interface Replayed {
  events: number
  /** Of the last event, nanoseconds since the capture began. */
  endedAt: number
  /** Null where the recording has no footer. */
  losses: Losses | null
  /** What is missing at the file's end; null: nothing. */
  cut: string | null
}

export class RecordingReader {
  readonly header: RecordingHeader
  readonly #path: string
  readonly #fd: number
  readonly #block = new ArrayBuffer(blockBytes)
  readonly #bytes = Buffer.from(this.#block)
  readonly #memory = new EventMemory(this.#block)
  #closed = false
  #start = 0
  #end = 0
  /** Of the file, where the block begins. */
  #blockOffset = 0

  /** Throws where the file cannot be read or is no recording. */
  constructor(path: string) {
    this.#path = path
    try {
      this.#fd = openSync(path, 'r')
      this.#fill(magic.length)
    } catch (cause) {
      throw new QuerytapError('FILE', `read ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, {
        cause,
      })
    }
    try {
      this.header = this.#readHeader()
    } catch (error) {
      this.close()
      throw error
    }
  }

  #readHeader(): RecordingHeader {
    if (this.#end < magic.length || !magic.every((byte, i) => this.#bytes[i] === byte)) {
      throw new QuerytapError('RECORDING', `read ${this.#path}: not a querytap recording`, {
        hint: 'recordings are made by querytap record FILE',
      })
    }
    this.#start = magic.length
    const frame = this.#next()
    if (frame?.kind !== frameKind.header) throw this.#broken('it has no header')
    const header = this.#json(frame, headerSchema)
    if (header.version > formatVersion) {
      const text = `read ${this.#path}: recording format ${header.version} is newer than ${formatVersion}, which this querytap reads`
      throw new QuerytapError('RECORDING', text, { hint: 'update querytap' })
    }
    return header
  }

  /** Tells the sink all of it, and `replayed` as it goes, so that it is right too when damage ends it. Closes the file. */
  replay(sink: SourceSink, replayed: Replayed): void {
    let identity: ProcessIdentity | null = null
    const note = (at: number) => {
      // exact for 104 days
      if (!Number.isSafeInteger(at)) throw this.#broken(`an event at a time that cannot be: ${at} ns`)
      replayed.endedAt = Math.max(replayed.endedAt, at)
    }
    const events: EventSink = {
      opened: (opened) => {
        note(opened.at)
        sink.opened(opened, identity)
        identity = null
      },
      moved: (...moved) => {
        note(moved[7])
        sink.moved(...moved)
      },
      closed: (...closed) => {
        note(closed[3])
        sink.closed(...closed)
      },
    }
    try {
      for (let frame = this.#next(); frame !== undefined; frame = this.#next()) {
        switch (frame.kind) {
          case frameKind.event:
            if (!decodeEvent(this.#memory, frame.offset, frame.length, this.header.beganNs, events)) {
              throw this.#broken(`an event at byte ${this.#blockOffset + frame.offset} has an unknown form`)
            }
            replayed.events++
            break
          case frameKind.identity:
            identity = this.#json(frame, identitySchema)
            break
          case frameKind.footer: {
            const footer = this.#json(frame, footerSchema)
            note(footer.at)
            replayed.losses = footer.losses
            return
          }
          default:
            throw this.#broken(
              `a frame of unknown kind ${frame.kind} at byte ${this.#blockOffset + frame.offset - frameHeaderBytes}`,
            )
        }
      }
      const left = this.#end - this.#start
      const where = `at byte ${this.#blockOffset + this.#end}`
      replayed.cut = `${this.#path} ends ${where} ${left > 0 ? 'inside a record' : 'without its footer'}: what came after is missing`
    } finally {
      this.close()
    }
  }

  /** @returns undefined where the file ends first */
  #next(): { kind: number; offset: number; length: number } | undefined {
    if (!this.#fill(frameHeaderBytes)) return undefined
    const kind = this.#memory.word(this.#start)
    const length = this.#memory.word(this.#start + 4)
    if (length > longestFrame)
      throw this.#broken(`a frame of ${length} bytes at byte ${this.#blockOffset + this.#start}`)
    const whole = frameHeaderBytes + paddedLength(length)
    if (!this.#fill(whole)) return undefined
    const offset = this.#start + frameHeaderBytes
    this.#start += whole
    return { kind, offset, length }
  }

  /** Sees to it that so many bytes are in the block from `#start` on. */
  #fill(length: number): boolean {
    if (this.#end - this.#start >= length) return true
    // moved by a multiple of 8, so that frames stay aligned
    this.#bytes.copyWithin(0, this.#start, this.#end)
    this.#blockOffset += this.#start
    this.#end -= this.#start
    this.#start = 0
    while (this.#end < length) {
      const read = readSync(this.#fd, this.#bytes, this.#end, blockBytes - this.#end, null)
      if (read === 0) return false
      this.#end += read
    }
    return true
  }

  #json<Schema extends z.ZodType>(frame: { offset: number; length: number }, schema: Schema): z.output<Schema> {
    const text = this.#bytes.toString('utf8', frame.offset, frame.offset + frame.length)
    try {
      return schema.parse(JSON.parse(text))
    } catch (cause) {
      throw this.#broken(`a frame at byte ${this.#blockOffset + frame.offset} cannot be read`, cause)
    }
  }

  #broken(reason: string, cause?: unknown): QuerytapError {
    return new QuerytapError('RECORDING', `read ${this.#path}: ${reason}`, { hint: 'the recording is damaged', cause })
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    closeSync(this.#fd)
  }
}
