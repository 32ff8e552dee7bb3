/** gzip and zstd files, unpacked as they are read. */
import { Buffer } from 'node:buffer'
import { createGunzip } from 'node:zlib'
import { ZSTDDecoder } from 'zstddec/stream'
import type { ByteSource } from './byte-source.ts'

/** Packed bytes handed on at a time: unpacked they are at most a thousand times as many. */
const packedBytes = 16 << 10

/** What both have in common: packed bytes go in, unpacked ones queue up. */
abstract class UnpackedBytes implements ByteSource {
  damage: string | null = null
  protected readonly packed: ByteSource
  protected readonly queue: Uint8Array[] = []
  protected ended = false
  #first: Uint8Array

  /** @param first packed bytes that were read already */
  constructor(packed: ByteSource, first: Uint8Array) {
    this.packed = packed
    this.#first = first
  }

  get name(): string {
    return this.packed.name
  }

  get live(): boolean {
    return this.packed.live
  }

  get fileBytes(): number | null {
    return this.packed.fileBytes
  }

  get readBytes(): number {
    return this.packed.readBytes
  }

  async read(into: Uint8Array, offset: number): Promise<number> {
    for (let next = this.queue[0]; ; next = this.queue[0]) {
      if (next === undefined) {
        if (this.ended) return 0
        await this.unpack()
        continue
      }
      const part = next.subarray(0, into.length - offset)
      into.set(part, offset)
      if (part.length === next.length) this.queue.shift()
      else this.queue[0] = next.subarray(part.length)
      if (part.length > 0) return part.length
    }
  }

  /** Adds to the queue, or says that it ended. */
  protected abstract unpack(): Promise<void>

  /** @returns undefined at the end */
  protected async nextPacked(): Promise<Uint8Array | undefined> {
    if (this.#first.length > 0) {
      const part = this.#first.subarray(0, packedBytes)
      this.#first = this.#first.subarray(part.length)
      return part
    }
    const bytes = Buffer.allocUnsafe(packedBytes)
    const read = await this.packed.read(bytes, 0)
    return read === 0 ? undefined : bytes.subarray(0, read)
  }

  protected break(reason: string): void {
    this.damage ??= reason
    this.ended = true
  }

  close(): void {
    this.packed.close()
  }
}

/** One member after the other (RFC 1952, 2.2). */
export class GunzipBytes extends UnpackedBytes {
  readonly #gunzip = createGunzip({ chunkSize: 64 << 10 })
  #wake: () => void = () => {}

  constructor(packed: ByteSource, first: Uint8Array) {
    super(packed, first)
    this.#gunzip.on('data', (chunk: Uint8Array) => void this.queue.push(chunk))
    this.#gunzip.on('end', () => {
      this.ended = true
      this.#wake()
    })
    this.#gunzip.on('error', (error) => {
      this.break(/unexpected end/.test(error.message) ? 'its gzip data is cut' : `its gzip data: ${error.message}`)
      this.#wake()
    })
  }

  protected async unpack(): Promise<void> {
    const bytes = await this.nextPacked()
    if (this.ended) return
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      if (bytes === undefined) this.#gunzip.end()
      else this.#gunzip.write(bytes, () => resolve())
    })
  }

  override close(): void {
    this.#gunzip.destroy()
    super.close()
  }
}

/** Frames of zstd (RFC 8878), with windows of at most 128 MiB. */
export class ZstdBytes extends UnpackedBytes {
  #packedNext: Uint8Array | undefined
  #packedEnded = false
  #output: Generator<Uint8Array> | undefined
  /** Outputs without a byte since packed bytes were last taken: more than one says that it stands still. */
  #idle = 0

  protected async unpack(): Promise<void> {
    // the decoder takes at most one piece for each of its outputs: one is kept ready, so that it never has to wait
    if (this.#packedNext === undefined && !this.#packedEnded) {
      this.#packedNext = await this.nextPacked()
      this.#packedEnded = this.#packedNext === undefined
    }
    try {
      this.#output ??= (await decoder()).decodeStreaming(this.#pieces())
      const { value, done } = this.#output.next()
      if (done === true) {
        this.ended = true
        return
      }
      if (value.length > 0) {
        this.#idle = 0
        this.queue.push(value)
      } else if (++this.#idle > 2) this.break('its zstd data is broken')
    } catch (error) {
      const cut = error instanceof Error && /Incomplete/.test(error.message)
      this.break(cut ? 'its zstd data is cut' : 'its zstd data is broken')
    }
  }

  *#pieces(): Generator<Uint8Array> {
    while (this.#packedNext !== undefined) {
      const piece = this.#packedNext
      this.#packedNext = undefined
      this.#idle = 0
      yield piece
    }
  }
}

let compiled: Promise<ZSTDDecoder> | undefined

/** WebAssembly is compiled when the first file needs it. */
function decoder(): Promise<ZSTDDecoder> {
  compiled ??= (async () => {
    const zstd = new ZSTDDecoder()
    await zstd.init()
    return zstd
  })()
  return compiled
}
