/** Writes a recording while a capture runs. */
import { Buffer } from 'node:buffer'
import { closeSync, openSync, writeSync } from 'node:fs'
import type { ProcessIdentity } from '../kubernetes/process-identity.ts'
import { QuerytapError } from '../querytap-error.ts'
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

export class RecordingWriter {
  events = 0
  readonly #path: string
  readonly #fd: number
  readonly #block = Buffer.alloc(blockBytes)
  #fill = 0

  constructor(path: string, header: Omit<RecordingHeader, 'version'>) {
    this.#path = path
    try {
      this.#fd = openSync(path, 'w', 0o600)
    } catch (cause) {
      throw new QuerytapError('FILE', `write ${path}: ${reasonOf(cause)}`, { cause })
    }
    this.#block.set(magic)
    this.#fill = magic.length
    this.#json(frameKind.header, { ...header, version: formatVersion })
  }

  event(bytes: Uint8Array): void {
    this.events++
    this.#frame(frameKind.event, bytes)
  }

  /** Of the process whose open event comes next. */
  identity(identity: ProcessIdentity): void {
    this.#json(frameKind.identity, identity)
  }

  #json(kind: number, value: object): void {
    this.#frame(kind, Buffer.from(JSON.stringify(value)))
  }

  #frame(kind: number, payload: Uint8Array): void {
    const length = frameHeaderBytes + paddedLength(payload.length)
    if (payload.length > longestFrame) throw new RangeError(`a frame of ${payload.length} bytes`)
    if (this.#fill + length > blockBytes) this.#flush()
    this.#block.writeUInt32LE(kind, this.#fill)
    this.#block.writeUInt32LE(payload.length, this.#fill + 4)
    this.#block.set(payload, this.#fill + frameHeaderBytes)
    this.#block.fill(0, this.#fill + frameHeaderBytes + payload.length, this.#fill + length)
    this.#fill += length
  }

  #flush(): void {
    try {
      for (let written = 0; written < this.#fill;)
        written += writeSync(this.#fd, this.#block, written, this.#fill - written)
    } catch (cause) {
      throw new QuerytapError('FILE', `write ${this.#path}: ${reasonOf(cause)}`, { cause })
    }
    this.#fill = 0
  }

  /** @param at when the capture stopped, nanoseconds since it began */
  close(at: number, losses: Losses): void {
    try {
      this.#json(frameKind.footer, { at, losses })
      this.#flush()
    } finally {
      closeSync(this.#fd)
    }
  }
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
