/**
 * The PROXY protocol's header that a load balancer puts in front of the client's bytes, passed over by its exact length, and
 * the client that it names. Version 1 is a line: `PROXY TCP4 192.0.2.1 198.51.100.1 56324 3306\r\n`, 107 bytes at most;
 * version 2: signature 12, version and command 1, family 1, length 2, then source and destination address (4 or 16 bytes
 * each), source and destination port, and more. A proxy speaking for itself says LOCAL, or UNKNOWN.
 */
import { isIP } from 'node:net'

/** `PROXY ` */
const v1 = Uint8Array.of(0x50, 0x52, 0x4f, 0x58, 0x59, 0x20)
const v2 = Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a)
const v2HeaderBytes = 16
const longestLine = 107
const lineFeed = 0x0a
/** Version 2, command PROXY. */
const proxied = 0x21
/** TCP over IPv4 and IPv6: the bytes of an address. */
const addressBytes: Readonly<Record<number, number>> = { 0x11: 4, 0x21: 16 }
const decoder = new TextDecoder('latin1')

/** Whom a proxy speaks for. */
export interface ProxiedClient {
  address: string
  port: number
}

type State =
  /** These first bytes may become a header. */
  'open' | 'line' | 'skip' | 'through'

export class ProxyHeader {
  #state: State = 'open'
  /** Of the client that it names; null: none. */
  client: ProxiedClient | null = null
  /** The header, as far as its addresses may reach. */
  readonly #head = new Uint8Array(longestLine)
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
        this.#head[this.#fill++] = bytes[offset] ?? 0
        if (bytes[offset] === lineFeed) this.client = clientOfLine(this.#head.subarray(0, this.#fill))
        if (bytes[offset] === lineFeed || this.#left === 0) this.stop()
        return 1
      case 'skip': {
        const skipped = Math.min(this.#left, bytes.length - offset)
        const kept = Math.min(skipped, this.#head.length - this.#fill)
        this.#head.set(bytes.subarray(offset, offset + kept), this.#fill)
        this.#fill += kept
        this.#left -= skipped
        if (this.#left === 0) {
          this.client = clientOfAddresses(this.#head.subarray(0, this.#fill))
          this.stop()
        }
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

function clientOfLine(line: Uint8Array): ProxiedClient | null {
  const [, family, address = '', , port = ''] = decoder.decode(line).trimEnd().split(' ')
  if (family !== 'TCP4' && family !== 'TCP6') return null
  return isIP(address) === 0 || !/^\d{1,5}$/.test(port) ? null : { address, port: Number(port) }
}

function clientOfAddresses(header: Uint8Array): ProxiedClient | null {
  const size = addressBytes[header[13] ?? 0]
  if (header[12] !== proxied || size === undefined || header.length < v2HeaderBytes + 2 * size + 4) return null
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength)
  const port = view.getUint16(v2HeaderBytes + 2 * size)
  if (size === 4) return { address: header.subarray(v2HeaderBytes, v2HeaderBytes + 4).join('.'), port }
  const groups = Array.from({ length: 8 }, (_, i) => view.getUint16(v2HeaderBytes + 2 * i).toString(16))
  return { address: shortest(groups), port }
}

/** The first of the longest runs of zeros is left out (RFC 5952, 4.2). */
function shortest(groups: readonly string[]): string {
  const runs = groups.join(':').match(/\b0(?::0)+\b/g) ?? []
  const longest = runs.reduce((a, b) => (b.length > a.length ? b : a), '')
  if (longest === '') return groups.join(':')
  const whole = groups.join(':')
  const at = whole.indexOf(longest)
  return `${whole.slice(0, at).replace(/:$/, '')}::${whole.slice(at + longest.length).replace(/^:/, '')}`
}
