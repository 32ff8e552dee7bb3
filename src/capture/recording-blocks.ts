/** A recording's file as it is written: blocks, each packed as a gzip member of its own, in order, on another thread. */
import { closeSync, openSync, writeSync } from 'node:fs'
import { constants, gzip, gzipSync } from 'node:zlib'
import { QuerytapError } from '../querytap-error.ts'

/** Blocks that are being packed; one more is packed at once, on this thread: memory stays bounded. */
const mostInFlight = 8
const options = { level: constants.Z_BEST_SPEED }

interface Place {
  /** Undefined while the block is being packed. */
  bytes: Buffer | undefined
  rawBytes: number
}

export class RecordingBlocks {
  /** Packed, of `rawBytes`. */
  #writtenBytes = 0
  #rawBytes = 0
  #inFlightBytes = 0
  readonly path: string
  readonly #fd: number
  /** In the file's order. */
  readonly #packed: Place[] = []
  #failure: Error | undefined
  #wake: () => void = () => {}

  constructor(path: string) {
    this.path = path
    try {
      this.#fd = openSync(path, 'w', 0o600)
    } catch (cause) {
      throw writeFailure(path, cause)
    }
  }

  /** What the file will have when everything is packed, by what it has. */
  get expectedBytes(): number {
    const share = this.#rawBytes === 0 ? 1 / 2 : this.#writtenBytes / this.#rawBytes
    return this.#writtenBytes + this.#inFlightBytes * share
  }

  /** @param block is copied. Throws what writing an earlier one met */
  write(block: Uint8Array): void {
    if (this.#failure !== undefined) throw this.#failure
    const place: Place = { bytes: undefined, rawBytes: block.length }
    this.#packed.push(place)
    this.#inFlightBytes += block.length
    if (this.#packed.length > mostInFlight) {
      place.bytes = gzipSync(block, options)
      return
    }
    // not slice(): a Buffer's shares its memory
    gzip(Buffer.from(block), options, (error, bytes) => {
      if (error !== null) this.#failure ??= writeFailure(this.path, error)
      place.bytes = bytes
      this.#drain()
    })
  }

  /** Writes what is packed, up to the first that is not. */
  #drain(): void {
    try {
      for (let next = this.#packed[0]; next?.bytes !== undefined; next = this.#packed[0]) {
        const { bytes, rawBytes } = next
        this.#packed.shift()
        if (this.#failure !== undefined) continue
        for (let written = 0; written < bytes.length;) written += writeSync(this.#fd, bytes, written)
        this.#writtenBytes += bytes.length
        this.#rawBytes += rawBytes
        this.#inFlightBytes -= rawBytes
      }
    } catch (cause) {
      this.#failure ??= writeFailure(this.path, cause)
    }
    this.#wake()
  }

  /** All of it is in the file. */
  async close(): Promise<void> {
    while (this.#packed.length > 0 && this.#failure === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    closeSync(this.#fd)
    if (this.#failure !== undefined) throw this.#failure
  }
}

function writeFailure(path: string, cause: unknown): QuerytapError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new QuerytapError('FILE', `write ${path}: ${reason}`, { cause })
}
