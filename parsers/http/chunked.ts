/**
 * The chunked coding (RFC 9112 section 7.1). Only counts: no byte of a chunk, an extension or a trailer is kept.
 *
 *     chunk      = 1*HEXDIG [ ;extensions ] CRLF  data CRLF
 *     last-chunk = 1*"0"    [ ;extensions ] CRLF
 *     trailers   = *( field-line CRLF ) CRLF
 */

const lineFeed = 0x0a
const carriageReturn = 0x0d
/** 2^48 bytes in one chunk is no chunk. */
const maxSizeDigits = 12

type State = 'size' | 'extension' | 'data' | 'data-end' | 'trailer-start' | 'trailer' | 'ended' | 'faulty'

/** @returns the digit's value, or undefined */
function hexDigit(byte: number): number | undefined {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : undefined
}

export class ChunkedBody {
  state: State = 'size'
  /** Bytes of data in the chunks so far. */
  dataBytes = 0
  #size = 0
  #digits = 0
  #left = 0

  clear(): void {
    this.state = 'size'
    this.dataBytes = this.#size = this.#digits = this.#left = 0
  }

  /** @returns the offset after the body, or where it stopped being one */
  read(bytes: Uint8Array, from: number): number {
    let at = from
    while (at < bytes.length && this.state !== 'ended' && this.state !== 'faulty') {
      if (this.state === 'data') at += this.skip(bytes.length - at)
      else this.state = this.#next(this.state, bytes[at++] ?? 0)
    }
    return at
  }

  /** Within a chunk's data the length is known, seen or not. @returns how many bytes that covers */
  skip(count: number): number {
    if (this.state !== 'data') return 0
    const skipped = Math.min(count, this.#left)
    this.#left -= skipped
    this.dataBytes += skipped
    if (this.#left === 0) this.state = 'data-end'
    return skipped
  }

  #next(state: Exclude<State, 'data' | 'ended' | 'faulty'>, byte: number): State {
    switch (state) {
      case 'size':
        return this.#sizeByte(byte)
      case 'extension':
        return byte === lineFeed ? this.#sizeEnded() : 'extension'
      case 'data-end':
        if (byte === carriageReturn) return 'data-end'
        return byte === lineFeed ? 'size' : 'faulty'
      case 'trailer-start':
        if (byte === carriageReturn) return 'trailer-start'
        return byte === lineFeed ? 'ended' : 'trailer'
      case 'trailer':
        return byte === lineFeed ? 'trailer-start' : 'trailer'
    }
  }

  #sizeByte(byte: number): State {
    const digit = hexDigit(byte)
    if (digit !== undefined) {
      this.#size = this.#size * 16 + digit
      if (this.#size > 0) this.#digits++
      else this.#digits = 1
      return this.#digits > maxSizeDigits ? 'faulty' : 'size'
    }
    if (this.#digits === 0) return 'faulty'
    if (byte === lineFeed) return this.#sizeEnded()
    // White space before the extension or the line's end is an error that everybody forgives.
    return byte === 0x3b || byte === carriageReturn || byte === 0x20 || byte === 0x09 ? 'extension' : 'faulty'
  }

  #sizeEnded(): State {
    this.#left = this.#size
    this.#size = this.#digits = 0
    return this.#left === 0 ? 'trailer-start' : 'data'
  }
}
