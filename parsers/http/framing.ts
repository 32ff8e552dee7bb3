/** Where a message's body ends (RFC 9112 section 6.3), told from its head and, for a response, from its request. */
import type { HeaderFields } from './header-fields.ts'

export type Framing =
  | { kind: 'length'; bytes: number }
  | { kind: 'chunked' }
  | { kind: 'until-close' }
  /** No HTTP from here on: an upgrade, or a tunnel. */
  | { kind: 'tunnel' }
  /** The sender breaks the rules: where the body ends cannot be known. */
  | { kind: 'faulty'; because: string }

/** A request cannot last until the close: nobody could answer it. */
export type RequestFraming = Extract<Framing, { kind: 'length' | 'chunked' | 'faulty' }>

const empty: RequestFraming = { kind: 'length', bytes: 0 }
const chunked: RequestFraming = { kind: 'chunked' }
const untilClose: Framing = { kind: 'until-close' }
const tunnel: Framing = { kind: 'tunnel' }

/** The names of the codings, last one last; parameters dropped. `identity` was removed from HTTP and means none. */
function lastCoding(transferEncoding: string): string {
  const codings = transferEncoding.toLowerCase().split(',')
  const names = codings.map((coding) => coding.replace(/;.*/, '').trim()).filter((name) => name !== '')
  return names.at(-1) ?? 'identity'
}

/** The same number several times over is that number; everything else that is not one is faulty (RFC 9110 section 8.6). */
function lengthOf(contentLength: string): number | undefined {
  if (/^\d{1,15}$/.test(contentLength)) return Number(contentLength)
  const values = contentLength.split(',').map((value) => value.trim())
  const first = values[0] ?? ''
  if (!/^\d{1,15}$/.test(first)) return undefined
  return values.every((value) => value === first) ? Number(first) : undefined
}

function lengthFraming(contentLength: string): RequestFraming {
  const bytes = lengthOf(contentLength)
  return bytes === undefined
    ? { kind: 'faulty', because: 'the Content-Length is not valid' }
    : { kind: 'length', bytes }
}

export function requestFraming(fields: HeaderFields): RequestFraming {
  const { transferEncoding, contentLength } = fields
  if (transferEncoding !== null) {
    const coding = lastCoding(transferEncoding)
    if (coding === 'chunked') return chunked
    if (coding !== 'identity') return { kind: 'faulty', because: 'the last Transfer-Encoding is not chunked' }
  }
  return contentLength === null ? empty : lengthFraming(contentLength)
}

/** @param method null when the request was not seen: it is taken for a GET, and the caller beware */
export function responseFraming(statusCode: number, method: string | null, fields: HeaderFields): Framing {
  const { transferEncoding, contentLength } = fields
  if (statusCode === 101) return tunnel
  if (method === 'HEAD' || statusCode < 200 || statusCode === 204 || statusCode === 304) return empty
  if (method === 'CONNECT' && statusCode < 300) return tunnel
  if (transferEncoding !== null) {
    const coding = lastCoding(transferEncoding)
    if (coding !== 'identity') return coding === 'chunked' ? chunked : untilClose
  }
  return contentLength === null ? untilClose : lengthFraming(contentLength)
}
