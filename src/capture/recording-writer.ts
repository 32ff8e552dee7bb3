/** Writes a recording while a capture runs: one file, or parts of a limited size of which the latest are kept. */
import { Buffer } from 'node:buffer'
import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { parse, join } from 'node:path'
import { eventBytes, eventKind } from '../bpf/event.ts'
import type { ProcessIdentity } from '../kubernetes/process-identity.ts'
import { RecordingBlocks } from './recording-blocks.ts'
import {
  formatVersion,
  frameHeaderBytes,
  frameKind,
  longestFrame,
  magic,
  paddedLength,
  type RecordingHeader,
} from './recording-format.ts'
import type { Losses } from './source.ts'

const blockBytes = 1 << 20
/** A killed capture's recording lacks what came after the last look, in milliseconds. */
const lookMs = 1000
/** Open connections that a new part is told of, at most; of others it knows nothing. */
const mostOpen = 65_536

/** Of an event, where its connection's id lies. */
const connectionOffset = 8

export interface RecordingWriterOptions {
  /** The first part's name is made of it where there are parts: `a.qtap` gives `a-000001.qtap`. */
  path: string
  header: Omit<RecordingHeader, 'version' | 'capture' | 'part'>
  /** A part is full with so many packed bytes; undefined: one file of any size. */
  maxBytes?: number | undefined
  /** Parts that are kept, the latest. */
  files?: number | undefined
  /** What was lost since the capture began, and when it is now in nanoseconds since then: for the end of each part. */
  soFar: () => { at: number; losses: Losses }
}

type Identity = ProcessIdentity & { peer: ProcessIdentity | null }

interface OpenConnection {
  identity: Identity | null
  event: Buffer
}

export class RecordingWriter {
  events = 0
  /** Open connections that were not told to a later part. */
  leftOut = 0
  part = 0
  readonly #options: RecordingWriterOptions
  readonly #capture = randomUUID()
  #blocks: RecordingBlocks
  readonly #block = Buffer.alloc(blockBytes)
  /** A part of limited size needs smaller blocks to come near it. */
  readonly #fullBytes: number
  #fill = 0
  #identity: Identity | null = null
  readonly #open = new Map<number, OpenConnection>()
  #told: Losses = {}
  readonly #timer: NodeJS.Timeout
  #closing: Promise<void> = Promise.resolve()
  #failure: unknown = null

  constructor(options: RecordingWriterOptions) {
    this.#options = options
    const { maxBytes } = options
    const least = 2 * (longestFrame + frameHeaderBytes)
    this.#fullBytes = maxBytes === undefined ? blockBytes : Math.min(blockBytes, Math.max(least, maxBytes / 4))
    this.#blocks = this.#begin()
    this.#timer = setInterval(() => {
      try {
        this.#flush()
      } catch (error) {
        // told when the next event is written
        this.#failure ??= error
      }
    }, lookMs)
    this.#timer.unref()
  }

  #begin(): RecordingBlocks {
    this.part++
    const blocks = new RecordingBlocks(this.#pathOf(this.part))
    this.#block.set(magic)
    this.#fill = magic.length
    const { header } = this.#options
    this.#json(frameKind.header, { ...header, version: formatVersion, capture: this.#capture, part: this.part })
    return blocks
  }

  #pathOf(part: number): string {
    if (this.#options.maxBytes === undefined) return this.#options.path
    const { dir, name, ext } = parse(this.#options.path)
    return join(dir, `${name}-${String(part).padStart(6, '0')}${ext}`)
  }

  event(bytes: Uint8Array): void {
    if (this.#failure !== null) throw this.#failure
    this.events++
    this.#frame(frameKind.event, bytes)
    if (this.#options.maxBytes !== undefined) this.#noteOpen(bytes)
  }

  /** Of the process whose open event comes next, and of its peer's. */
  identity(identity: ProcessIdentity, peer: ProcessIdentity | null): void {
    this.#identity = { ...identity, peer }
    this.#json(frameKind.identity, this.#identity)
  }

  #noteOpen(bytes: Uint8Array): void {
    const kind = bytes[0]
    if (kind !== eventKind.open && kind !== eventKind.openUnix && kind !== eventKind.close) return
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    const id = Number(view.getBigUint64(connectionOffset, true))
    if (kind === eventKind.close) this.#open.delete(id)
    else if (this.#open.size >= mostOpen) this.leftOut++
    else {
      const length = kind === eventKind.open ? eventBytes.open_event : eventBytes.open_unix_event
      this.#open.set(id, { identity: this.#identity, event: Buffer.from(bytes.subarray(0, length)) })
    }
    this.#identity = null
  }

  #json(kind: number, value: object): void {
    this.#frame(kind, Buffer.from(JSON.stringify(value)))
  }

  #frame(kind: number, payload: Uint8Array): void {
    const length = frameHeaderBytes + paddedLength(payload.length)
    if (payload.length > longestFrame) throw new RangeError(`a frame of ${payload.length} bytes`)
    if (this.#fill + length > this.#fullBytes) {
      this.#flush()
      // a part does not end between an identity and its event
      if (kind === frameKind.event && this.#isFull() && this.#identity === null) this.#nextPart()
    }
    this.#block.writeUInt32LE(kind, this.#fill)
    this.#block.writeUInt32LE(payload.length, this.#fill + 4)
    this.#block.set(payload, this.#fill + frameHeaderBytes)
    this.#block.fill(0, this.#fill + frameHeaderBytes + payload.length, this.#fill + length)
    this.#fill += length
  }

  #isFull(): boolean {
    const { maxBytes } = this.#options
    return maxBytes !== undefined && this.#blocks.expectedBytes + this.#fullBytes / 4 > maxBytes
  }

  #flush(): void {
    if (this.#fill === 0) return
    this.#blocks.write(this.#block.subarray(0, this.#fill))
    this.#fill = 0
  }

  #nextPart(): void {
    const { at, losses } = this.#options.soFar()
    this.#endPart(at, losses)
    this.#blocks = this.#begin()
    const { files } = this.#options
    if (files !== undefined && this.part > files) rmSync(this.#pathOf(this.part - files), { force: true })
    for (const { identity, event } of this.#open.values()) {
      if (identity !== null) this.#json(frameKind.identity, identity)
      this.#frame(frameKind.continued, event)
    }
  }

  /** @param losses since the capture began */
  #endPart(at: number, losses: Losses): void {
    const since = Object.entries(losses).map(([cause, count]) => [cause, count - (this.#told[cause] ?? 0)] as const)
    this.#told = losses
    this.#json(frameKind.footer, { at: Math.round(at), losses: Object.fromEntries(since) })
    this.#flush()
    const blocks = this.#blocks
    this.#closing = Promise.all([this.#closing, blocks.close()]).then(() => {})
    // what it meets is told by close
    this.#closing.catch(() => {})
  }

  /** @param at when the capture stopped, nanoseconds since it began */
  async close(at: number, losses: Losses): Promise<void> {
    clearInterval(this.#timer)
    this.#endPart(at, losses)
    await this.#closing
  }
}
