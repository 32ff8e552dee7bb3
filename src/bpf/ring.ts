/**
 * Reads the BPF ring buffer in place from mapped memory. Layout (kernel/bpf/ringbuf.c): a writable page with the
 * consumer's position, a page with the producer's, then the data twice in a row, so that no record wraps. Of the second time only the
 * beginning is mapped: whatever is mapped counts as this process's memory.
 */
import { EventMemory } from './event.ts'
import { libbpf, type Pointer } from './libbpf.ts'

const pageBytes = 4096
const busyBit = 0x80000000
const discardBit = 0x40000000
const headerBytes = 8
/** At least the largest record, PIECE_BYTES of probes/walk.h and what stands in front of it, in whole pages. */
const wrappedBytes = 64 << 10
/** The consumer's position is published so often, to make room while a long drain runs. */
const publishBytes = 256 << 10

export class Ring {
  readonly size: number
  readonly memory: EventMemory
  readonly #headers: Int32Array
  readonly #consumer: BigUint64Array
  readonly #producer: BigUint64Array
  readonly #mappings: { address: Pointer; length: number }[] = []

  /** @param size of the data area in bytes, a power of two */
  constructor(fd: number, size: number) {
    this.size = size
    const consumer = this.#map(fd, 0, pageBytes, true)
    const rest = this.#map(fd, pageBytes, pageBytes + size + Math.min(size, wrappedBytes), false)
    this.#consumer = new BigUint64Array(consumer, 0, 1)
    this.#producer = new BigUint64Array(rest, 0, 1)
    // EventMemory counts offsets from the beginning of its buffer: the producer's page included
    this.memory = new EventMemory(rest)
    this.#headers = new Int32Array(rest)
  }

  #map(fd: number, offset: number, length: number, writable: boolean): ArrayBuffer {
    try {
      const { address, buffer } = libbpf().map(fd, offset, length, writable)
      this.#mappings.push({ address, length })
      return buffer
    } catch (error) {
      this.close()
      throw error
    }
  }

  /** Bytes that have come in, since the ring was made. */
  get produced(): bigint {
    return Atomics.load(this.#producer, 0)
  }

  /** Bytes that have been read of them. */
  get consumed(): bigint {
    return Atomics.load(this.#consumer, 0)
  }

  /**
   * Hands every finished record to `onRecord`, oldest first, and gives its memory back to the kernel afterwards.
   * @param most stop after so many bytes, so that timers get their turn
   * @returns bytes read
   */
  drain(onRecord: (offset: number, length: number) => void, most: number): number {
    const start = Atomics.load(this.#consumer, 0)
    const end = Number(Atomics.load(this.#producer, 0) - start)
    let offset = Number(start & BigInt(this.size - 1))
    let read = 0
    let published = 0
    try {
      while (read < end && read < most) {
        const header = Atomics.load(this.#headers, (pageBytes + offset) >>> 2)
        if ((header & busyBit) !== 0) break
        const length = header & ~(busyBit | discardBit)
        const step = (length + headerBytes + 7) & ~7
        // counted before it is handed out: a record that makes its reader throw is not read twice
        read += step
        if ((header & discardBit) === 0) onRecord(pageBytes + offset + headerBytes, length)
        offset += step
        if (offset >= this.size) offset -= this.size
        if (read - published >= publishBytes) {
          published = read
          Atomics.store(this.#consumer, 0, start + BigInt(read))
        }
      }
    } finally {
      Atomics.store(this.#consumer, 0, start + BigInt(read))
    }
    return read
  }

  /** Afterwards neither `memory` nor `drain` may be touched. */
  close(): void {
    for (const { address, length } of this.#mappings.splice(0).reverse()) libbpf().unmap(address, length)
  }
}
