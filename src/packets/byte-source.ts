/** Where the bytes of a capture file come from: a file, standard input, and either of them unpacked. */
import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { QuerytapError } from '../querytap-error.ts'

export interface ByteSource {
  /** The name in messages. */
  readonly name: string
  /** Bytes may come as they are captured: waiting for them takes as long as it takes. */
  readonly live: boolean
  /** Of the file, compressed as it may be; null where it is not known. */
  readonly fileBytes: number | null
  /** How much of that was read. */
  readonly readBytes: number
  /** Known after the end: why it ended too early; null: it did not. */
  readonly damage: string | null
  /** @returns how many bytes were put at `offset`, a promise where they have to be waited for; 0: the end */
  read(into: Uint8Array, offset: number): number | Promise<number>
  close(): void
}

/** A regular file, read without waiting. */
class FileBytes implements ByteSource {
  readonly name: string
  readonly live = false
  readonly fileBytes: number
  readonly damage = null
  readBytes = 0
  readonly #fd: number
  #closed = false

  constructor(name: string, fd: number, fileBytes: number) {
    this.name = name
    this.#fd = fd
    this.fileBytes = fileBytes
  }

  read(into: Uint8Array, offset: number): number {
    try {
      const read = readSync(this.#fd, into, offset, into.length - offset, null)
      this.readBytes += read
      return read
    } catch (cause) {
      throw readFailure(this.name, cause)
    }
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    closeSync(this.#fd)
  }
}

/** A pipe: bytes as they come. */
class StreamBytes implements ByteSource {
  readonly name: string
  readonly live = true
  readonly fileBytes = null
  readonly damage = null
  readBytes = 0
  readonly #stream: Readable
  #left: Uint8Array = new Uint8Array(0)
  #ended = false
  #failure: unknown = null
  #wake: () => void = () => {}

  constructor(name: string, stream: Readable) {
    this.name = name
    this.#stream = stream
    const end = () => {
      this.#ended = true
      this.#wake()
    }
    stream.on('readable', () => this.#wake())
    stream.on('end', end)
    stream.on('close', end)
    stream.on('error', (error) => {
      this.#failure = error
      end()
    })
  }

  async read(into: Uint8Array, offset: number): Promise<number> {
    while (this.#left.length === 0) {
      const chunk: unknown = this.#stream.read()
      if (chunk instanceof Uint8Array) this.#left = chunk
      else if (this.#failure !== null) throw readFailure(this.name, this.#failure)
      else if (this.#ended) return 0
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      }
    }
    const part = this.#left.subarray(0, into.length - offset)
    into.set(part, offset)
    this.#left = this.#left.subarray(part.length)
    this.readBytes += part.length
    return part.length
  }

  close(): void {
    this.#stream.destroy()
  }
}

/** What `-` on the command line stands for. */
export const standardInput = '/dev/stdin'

export function openBytes(path: string): ByteSource {
  // not opened by its name: that is refused where it is a socket
  if (path === standardInput) return new StreamBytes('standard input', process.stdin)
  try {
    const fd = openSync(path, 'r')
    const status = fstatSync(fd)
    if (status.isFile()) return new FileBytes(path, fd, status.size)
    if (!status.isDirectory()) return new StreamBytes(path, createReadStream(path, { fd }))
    closeSync(fd)
  } catch (cause) {
    throw readFailure(path, cause)
  }
  throw new QuerytapError('FILE', `read ${path}: it is a directory`)
}

function readFailure(name: string, cause: unknown): QuerytapError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new QuerytapError('FILE', `read ${name}: ${reason}`, { cause })
}
