/**
 * Tells from the first bytes of a stream whether its sender speaks HTTP/1. Pure functions: the connection asks them
 * before it has a parser. `undefined` means that more bytes are needed.
 */

/** VERSION-CONTROL and BASELINE-CONTROL are the longest methods registered; people make their own. */
const maxMethodBytes = 24

/** Bytes of empty lines in front of a request that are passed over. */
const maxEmptyBytes = 4

const space = 0x20
const carriageReturn = 0x0d
const lineFeed = 0x0a
const slash = 0x2f
const colon = 0x3a
const asterisk = 0x2a

function isUpperCase(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5a
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}

function isLetter(byte: number): boolean {
  return isUpperCase(byte & ~0x20)
}

/** Compares as much as there is, ignoring case. `lowerCase` holds letters and colons only. */
function beginsWith(bytes: Uint8Array, from: number, length: number, lowerCase: string): boolean | undefined {
  for (let i = 0; i < lowerCase.length; i++) {
    if (from + i >= length) return undefined
    if (((bytes[from + i] ?? 0) | 0x20) !== lowerCase.charCodeAt(i)) return false
  }
  return true
}

function isMethod(bytes: Uint8Array, start: number, end: number, method: string): boolean {
  if (end - start !== method.length) return false
  for (let i = start; i < end; i++) if (bytes[i] !== method.charCodeAt(i - start)) return false
  return true
}

/** The four forms of a request target (RFC 9112 section 3.2), by their first bytes. The method goes from `start` to `at`. */
function looksLikeTarget(bytes: Uint8Array, start: number, at: number, length: number): boolean | undefined {
  if (at + 1 >= length) return undefined
  const first = bytes[at + 1] ?? 0
  if (isMethod(bytes, start, at, 'CONNECT')) return isLetter(first) || isDigit(first) || first === 0x5b
  if (first === slash) return true
  if (first === asterisk) {
    // `PRI * HTTP/2.0` is how HTTP/2 begins, made to be refused by HTTP/1 (RFC 9113 section 3.4).
    if (isMethod(bytes, start, at, 'PRI')) return false
    return at + 2 >= length ? undefined : bytes[at + 2] === space
  }
  const http = beginsWith(bytes, at + 1, length, 'http')
  if (http !== true) return http
  if (at + 5 >= length) return undefined
  return bytes[at + 5] === colon ? true : beginsWith(bytes, at + 5, length, 's:')
}

/** Empty lines before a request are to be ignored (RFC 9112 section 2.2). @returns where the request begins */
function afterEmptyLines(bytes: Uint8Array, length: number): number {
  const most = Math.min(length, maxEmptyBytes)
  let at = 0
  while (at < most && (bytes[at] === carriageReturn || bytes[at] === lineFeed)) at++
  return at
}

/**
 * Whether a client's first bytes begin an HTTP/1 request: `METHOD target`, the method in capitals.
 * Decides within 32 bytes behind empty lines, and says false at the first byte that does not fit.
 */
export function looksLikeRequest(bytes: Uint8Array, length: number): boolean | undefined {
  const start = afterEmptyLines(bytes, length)
  for (let i = start; i < length; i++) {
    const byte = bytes[i] ?? 0
    if (byte === space && i > start) return looksLikeTarget(bytes, start, i, length)
    if (i - start >= maxMethodBytes) return false
    if (isUpperCase(byte)) continue
    if (i === start) return false
    if (!isDigit(byte) && byte !== 0x2d && byte !== 0x5f) return false
  }
  return undefined
}

/** Whether a server's first bytes begin an HTTP/1 status line. */
export function looksLikeResponse(bytes: Uint8Array, length: number): boolean | undefined {
  const start = 'HTTP/1.'
  for (let i = 0; i < start.length; i++) {
    if (i >= length) return undefined
    if (bytes[i] !== start.charCodeAt(i)) return false
  }
  return true
}
