/**
 * The PROXY protocol's header that a load balancer puts in front of the client's bytes, passed over by its exact length.
 * Version 1 is a line: `PROXY TCP4 192.0.2.1 …\r\n`, 107 bytes at most; version 2: signature 12, version and command 1,
 * family 1, length 2, addresses and more.
 */

/** `PROXY ` */
const v1 = Uint8Array.of(0x50, 0x52, 0x4f, 0x58, 0x59, 0x20)
const v2 = Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a)
const v2HeaderBytes = 16
const longestLine = 107
const lineFeed = 0x0a

type State =
  /** These first bytes may become a header. */
  'open' | 'line' | 'skip' | 'through'

export class ProxyHeader {
  #state: State = 'open'
  readonly #head = new Uint8Array(v2HeaderBytes)
  #fill = 0
  #left = 0

  get through(): boolean {
    return this.#state === 'through'
  }

  /** What was taken and turned out to belong to no header. */
  get taken(): Uint8Array {
    return this.#head.slice(0, this.#fill)
  }

  /** A gap: whatever follows is no header, or cannot be told to be one. */
  stop(): void {
    this.#state = 'through'
    this.#fill = 0
  }

  /** @returns how many of the bytes belong to the header, or may; where it is `through`, `taken` goes before the rest */
  push(bytes: Uint8Array): number {
    let offset = 0
    while (offset < bytes.length && this.#state !== 'through') offset += this.#step(bytes, offset)
    return offset
  }

  #step(bytes: Uint8Array, offset: number): number {
    switch (this.#state) {
      case 'open':
        return this.#takeHead(bytes[offset] ?? 0)
      case 'line':
        this.#left--
        if (bytes[offset] === lineFeed || this.#left === 0) this.stop()
        return 1
      case 'skip': {
        const skipped = Math.min(this.#left, bytes.length - offset)
        this.#left -= skipped
        if (this.#left === 0) this.stop()
        return skipped
      }
      case 'through':
        return 0
    }
  }

  #takeHead(byte: number): number {
    const at = this.#fill
    const isV1 = begins(this.#head, at, v1) && (at >= v1.length || v1[at] === byte)
    const isV2 = begins(this.#head, at, v2) && (at >= v2.length || v2[at] === byte)
    if (!isV1 && !isV2) {
      this.#state = 'through'
      return 0
    }
    this.#head[at] = byte
    this.#fill++
    if (isV1 && this.#fill === v1.length) {
      this.#state = 'line'
      this.#left = longestLine - this.#fill
    } else if (this.#fill === v2HeaderBytes) {
      this.#left = ((this.#head[14] ?? 0) << 8) | (this.#head[15] ?? 0)
      this.#state = 'skip'
      if (this.#left === 0) this.stop()
    }
    return 1
  }
}

function begins(bytes: Uint8Array, length: number, signature: Uint8Array): boolean {
  for (let i = 0; i < Math.min(length, signature.length); i++) if (bytes[i] !== signature[i]) return false
  return true
}
