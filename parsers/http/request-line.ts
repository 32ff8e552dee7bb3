/**
 * The first line of a request (RFC 9112 section 3).
 *
 *     method SP request-target SP HTTP/1.x
 *     GET SP /path                            HTTP/0.9: no version, no fields, an answer without a head
 */
import type { HttpLimits } from './limits.ts'
import type { StartLine } from './message-head.ts'
import { cutOf, textLike, textOf } from './text.ts'

const space = 0x20
const slash = 0x2f
const questionMark = 0x3f

/** `HTTP/1.` and one digit end the line; eight bytes. */
function versionAt(bytes: Uint8Array, at: number): string | undefined {
  const start = 'HTTP/1.'
  for (let i = 0; i < start.length; i++) if (bytes[at + i] !== start.charCodeAt(i)) return undefined
  const minor = bytes[at + 7] ?? 0
  if (minor === 0x31) return '1.1'
  if (minor === 0x30) return '1.0'
  return minor > 0x31 && minor <= 0x39 ? `1.${minor - 0x30}` : undefined
}

/** Characters of a token (RFC 9110 section 5.6.2), the rare punctuation included. */
function isTokenByte(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a) || isTokenMark(byte)
}

function isTokenMark(byte: number): boolean {
  return byte === 0x2d || byte === 0x5f || byte === 0x2e || "!#$%&'*+^`|~".includes(String.fromCharCode(byte))
}

export class RequestLine implements StartLine {
  /** Whether the line is a request's. The fields below hold only if it is. */
  valid = false
  method: string | null = null
  path: string | null = null
  query: string | null = null
  /** From an absolute target or CONNECT's; it outranks the field Host (RFC 9112 section 3.2.2). */
  authority: string | null = null
  /** `0.9`, `1.0`, `1.1`; null when the line was too long to see its end. */
  version: string | null = null
  /** A path, query or line longer than its limit. */
  cut = false
  /** `PRI * HTTP/2.0`: the client speaks HTTP/2. */
  isHttp2Preface = false
  readonly #limits: HttpLimits

  constructor(limits: HttpLimits) {
    this.#limits = limits
  }

  /** Whether it is a request's beyond doubt. Where a body may be as well, that it could be one is not enough. */
  get isCertain(): boolean {
    if (!this.valid || this.version === '0.9' || !/^[A-Z][A-Z0-9_-]{0,23}$/.test(this.method ?? '')) return false
    return this.method === 'CONNECT' || /^[/*][^ ]*$/.test(this.path ?? '')
  }

  read(bytes: Uint8Array, start: number, end: number, lineIsCut: boolean): boolean {
    this.valid = this.isHttp2Preface = false
    this.version = this.authority = null
    this.cut = lineIsCut
    let methodEnd = start
    while (methodEnd < end && isTokenByte(bytes[methodEnd] ?? 0)) methodEnd++
    if (methodEnd === start || bytes[methodEnd] !== space) return false
    const targetEnd = lineIsCut ? end : this.#readVersion(bytes, methodEnd + 1, end)
    if (targetEnd === undefined || targetEnd <= methodEnd + 1) return false
    this.valid = true
    this.method = textLike(this.method, bytes, start, methodEnd)
    this.#readTarget(bytes, methodEnd + 1, targetEnd)
    return this.version !== '0.9'
  }

  /** @returns where the target ends */
  #readVersion(bytes: Uint8Array, start: number, end: number): number | undefined {
    const version = end - 9 > start && bytes[end - 9] === space ? versionAt(bytes, end - 8) : undefined
    this.version = version ?? '0.9'
    if (version !== undefined) return end - 9
    this.isHttp2Preface = textOf(bytes, start, end) === '* HTTP/2.0'
    // A simple request is GET and one word; anything else without a version is no request.
    const isSimple = bytes[start] === slash && textOf(bytes, start - 4, start) === 'GET '
    return isSimple && bytes.subarray(start, end).indexOf(space) === -1 ? end : undefined
  }

  /** Origin form, absolute form, authority form (CONNECT only), asterisk form: RFC 9112 section 3.2. */
  #readTarget(bytes: Uint8Array, start: number, end: number): void {
    if (this.method === 'CONNECT') {
      this.authority = textOf(bytes, start, cutOf(bytes, start, end, this.#limits.fieldBytes))
      this.path = this.query = null
      return
    }
    let from = start
    if (bytes[start] !== slash && bytes[start] !== 0x2a) from = this.#readAuthority(bytes, start, end)
    const mark = indexOf(bytes, questionMark, from, end)
    const pathEnd = cutOf(bytes, from, mark, this.#limits.targetBytes)
    this.path = pathEnd === from ? '/' : textLike(this.path, bytes, from, pathEnd)
    const queryEnd = cutOf(bytes, mark + 1, end, this.#limits.targetBytes)
    this.query = mark < end ? textLike(this.query, bytes, mark + 1, queryEnd) : null
    if (pathEnd < mark || (mark < end && queryEnd < end)) this.cut = true
  }

  /** @returns where the path begins: `start` itself where the target has no scheme */
  #readAuthority(bytes: Uint8Array, start: number, end: number): number {
    const colon = indexOf(bytes, 0x3a, start, end)
    if (bytes[colon + 1] !== slash || bytes[colon + 2] !== slash || colon + 2 >= end) return start
    let from = colon + 3
    let to = from
    while (to < end && bytes[to] !== slash && bytes[to] !== questionMark) {
      // A password in the address is nobody's business.
      if (bytes[to] === 0x40) from = to + 1
      to++
    }
    this.authority = textOf(bytes, from, cutOf(bytes, from, to, this.#limits.fieldBytes))
    return to
  }
}

/** `end` when there is none. */
function indexOf(bytes: Uint8Array, byte: number, start: number, end: number): number {
  for (let i = start; i < end; i++) if (bytes[i] === byte) return i
  return end
}
