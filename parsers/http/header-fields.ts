/**
 * The header fields that querytap reads, picked from a head line by line. Names are compared in place, whatever their
 * case (RFC 9110 section 5.1); the fields that nobody asked for cost one look at their first letter.
 */
import type { HttpLimits } from './limits.ts'
import { cutOf, textLike, textOf } from './text.ts'

/** A field is its place in `names`: values are kept in arrays, which is several times quicker than by name. */
const names = ['host', 'user-agent', 'content-type', 'content-length', 'transfer-encoding', 'expect'] as const
const host = 0
const userAgent = 1
const contentType = 2
const contentLength = 3
const transferEncoding = 4
const expect = 5

type Field = 0 | 1 | 2 | 3 | 4 | 5

const colon = 0x3a

/** `name` is in lower case and followed by the colon; white space before the colon is an error (RFC 9112 section 5.1). */
function isNamed(bytes: Uint8Array, start: number, end: number, name: string): boolean {
  const nameEnd = start + name.length
  if (nameEnd >= end || bytes[nameEnd] !== colon) return false
  for (let i = 0; i < name.length; i++) if (((bytes[start + i] ?? 0) | 0x20) !== name.charCodeAt(i)) return false
  return true
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09
}

export class HeaderFields {
  /** A value was longer than its limit. */
  cut = false
  readonly #of: 'request' | 'response'
  readonly #limits: HttpLimits
  /** The field that a folded line goes on with. */
  #last: Field | undefined
  #values: (string | null)[] = names.map(() => null)
  /** The previous head's values, whose strings may serve again. */
  #previous: (string | null)[] = names.map(() => null)

  constructor(of: 'request' | 'response', limits: HttpLimits) {
    this.#of = of
    this.#limits = limits
  }

  get host(): string | null {
    return this.#values[host] ?? null
  }

  get userAgent(): string | null {
    return this.#values[userAgent] ?? null
  }

  get contentType(): string | null {
    return this.#values[contentType] ?? null
  }

  /** Several fields are one list (RFC 9110 section 5.3). */
  get contentLength(): string | null {
    return this.#values[contentLength] ?? null
  }

  get transferEncoding(): string | null {
    return this.#values[transferEncoding] ?? null
  }

  get expect(): string | null {
    return this.#values[expect] ?? null
  }

  clear(): void {
    const values = this.#previous
    this.#previous = this.#values
    this.#values = values.fill(null)
    this.cut = false
    this.#last = undefined
  }

  /** @param framingOnly beyond the head's limit, only what says where the body ends is read */
  readLine(bytes: Uint8Array, start: number, end: number, framingOnly: boolean): void {
    if (isBlank(bytes[start])) {
      if (this.#last !== undefined) this.#append(this.#last, ' ', bytes, start, end)
      return
    }
    const field = this.#fieldOf(bytes, start, end)
    this.#last = undefined
    if (field === undefined) return
    if (framingOnly && field !== contentLength && field !== transferEncoding) return
    this.#last = field
    this.#append(field, ', ', bytes, start + names[field].length + 1, end)
  }

  #fieldOf(bytes: Uint8Array, start: number, end: number): Field | undefined {
    switch ((bytes[start] ?? 0) | 0x20) {
      case 0x63: // c
        if (isNamed(bytes, start, end, names[contentLength])) return contentLength
        return this.#of === 'response' && isNamed(bytes, start, end, names[contentType]) ? contentType : undefined
      case 0x74: // t
        return isNamed(bytes, start, end, names[transferEncoding]) ? transferEncoding : undefined
      case 0x68: // h
        return this.#of === 'request' && isNamed(bytes, start, end, names[host]) ? host : undefined
      case 0x75: // u
        return this.#of === 'request' && isNamed(bytes, start, end, names[userAgent]) ? userAgent : undefined
      case 0x65: // e
        return this.#of === 'request' && isNamed(bytes, start, end, names[expect]) ? expect : undefined
      default:
        return undefined
    }
  }

  /** A line that begins with white space continues the value before it (obs-fold, RFC 9112 section 5.2). */
  #append(field: Field, separator: string, bytes: Uint8Array, start: number, end: number): void {
    let from = start
    let to = end
    while (from < to && isBlank(bytes[from])) from++
    while (to > from && isBlank(bytes[to - 1])) to--
    const before = this.#values[field] ?? ''
    if (before === '') {
      const cut = cutOf(bytes, from, to, this.#limits.fieldBytes)
      if (cut < to) this.cut = true
      this.#values[field] = textLike(this.#previous[field] ?? null, bytes, from, cut)
      return
    }
    if (before.length >= this.#limits.fieldBytes) {
      this.cut ||= from < to
      return
    }
    const value = before + separator + textOf(bytes, from, cutOf(bytes, from, to, this.#limits.fieldBytes))
    if (value.length > this.#limits.fieldBytes) this.cut = true
    this.#values[field] = value.slice(0, this.#limits.fieldBytes)
  }
}
