/** A message's body: how far it goes, and how many bytes of payload it carries. The bytes themselves are never kept. */
import { ChunkedBody } from './chunked.ts'
import type { Framing } from './framing.ts'

export class Body {
  state: 'open' | 'ended' | 'faulty' = 'ended'
  kind: 'length' | 'chunked' | 'until-close' = 'length'
  /** Whether nothing of it has come yet, be it payload or the size of a chunk. */
  untouched = true
  #left = 0
  #payloadBytes = 0
  readonly #chunked = new ChunkedBody()

  begin(framing: Extract<Framing, { kind: 'length' | 'chunked' | 'until-close' }>): void {
    this.kind = framing.kind
    this.untouched = true
    this.#payloadBytes = 0
    this.#left = framing.kind === 'length' ? framing.bytes : 0
    if (framing.kind === 'chunked') this.#chunked.clear()
    this.state = framing.kind === 'length' && framing.bytes === 0 ? 'ended' : 'open'
  }

  /** Bytes of payload so far, chunk sizes and trailers not counted. */
  get payloadBytes(): number {
    return this.kind === 'chunked' ? this.#chunked.dataBytes : this.#payloadBytes
  }

  /** @returns the offset after the body's bytes */
  read(bytes: Uint8Array, from: number): number {
    this.untouched = false
    if (this.kind !== 'chunked') return from + this.skip(bytes.length - from)
    const at = this.#chunked.read(bytes, from)
    if (this.#chunked.state === 'ended') this.state = 'ended'
    if (this.#chunked.state === 'faulty') this.state = 'faulty'
    return at
  }

  /** Unseen bytes. @returns how many of them belong to this body for certain; fewer than `missing` may leave it open */
  skip(missing: number): number {
    this.untouched = false
    if (this.kind === 'chunked') return this.#chunked.skip(missing)
    const skipped = this.kind === 'length' ? Math.min(missing, this.#left) : missing
    this.#payloadBytes += skipped
    if (this.kind === 'length') {
      this.#left -= skipped
      if (this.#left === 0) this.state = 'ended'
    }
    return skipped
  }
}
