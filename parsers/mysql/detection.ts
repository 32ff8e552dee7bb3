/** Tells from the first bytes of a run whether its sender speaks MySQL. `undefined` means that more bytes are needed. */
import { command, mayBeCommand } from './commands.ts'
import { looksCompressed } from './compression-signs.ts'

const headerBytes = 4
/** No greeting is longer: the version is the only part that a server's owner can stretch. */
const longestGreeting = 1024
const longestErr = 1024
const protocolVersion = 10
const connectionIdBytes = 4
const saltBytes = 8

const lengthOf = (bytes: Uint8Array) => (bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8) | ((bytes[2] ?? 0) << 16)

/** The server's first packet: Protocol::HandshakeV10, or an ERR in its place. */
export function looksLikeGreeting(bytes: Uint8Array, length: number): boolean | undefined {
  if (length >= headerBytes && (bytes[3] !== 0 || lengthOf(bytes) < 3 || lengthOf(bytes) > longestGreeting))
    return false
  if (length < headerBytes + 3) return undefined
  if (bytes[4] === 0xff) return lengthOf(bytes) <= longestErr && isErrorCode(bytes[5], bytes[6])
  // the version begins with a digit
  return bytes[4] === protocolVersion && isPrintable(bytes[5] ?? 0) && lengthOf(bytes) >= 20
}

/** A greeting where none is expected is proven by more: the version's end, and the filler behind the salt. */
export function isGreeting(bytes: Uint8Array, length: number): boolean | undefined {
  const looks = looksLikeGreeting(bytes, length)
  if (looks !== true || bytes[4] !== protocolVersion) return looks === undefined ? undefined : false
  const version = headerBytes + 1
  for (let at = version; at < length; at++) {
    if (bytes[at] !== 0) {
      if (isPrintable(bytes[at] ?? 0)) continue
      return false
    }
    const filler = at + 1 + connectionIdBytes + saltBytes
    return filler < length ? bytes[filler] === 0 : undefined
  }
  return undefined
}

function isErrorCode(low = 0, high = 0): boolean {
  return (low | (high << 8)) >= 1000
}

function isPrintable(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f
}

/** A command packet at the beginning of a client's run, compressed or not. */
export function looksLikeCommand(bytes: Uint8Array, length: number): boolean | undefined {
  return looksCompressed(bytes, length, 'client') === true || looksLikePlainCommand(bytes, length)
}

function looksLikePlainCommand(bytes: Uint8Array, length: number): boolean | undefined {
  if (length >= headerBytes && (bytes[3] !== 0 || lengthOf(bytes) === 0)) return false
  if (length < headerBytes + 1) return undefined
  const code = bytes[4] ?? 0
  if (!mayBeCommand(code, lengthOf(bytes))) return false
  if (code !== command.COM_QUERY) return true
  if (lengthOf(bytes) < 2) return false
  if (length < headerBytes + 2) return undefined
  return beginsText(bytes[5] ?? 0)
}

/** SQL begins with a letter, a sign, white space or a comment; query attributes with their count. */
function beginsText(byte: number): boolean {
  return byte !== 0x7f
}

/** The packet that answers a command: OK, ERR, EOF, LOCAL INFILE, or a result's column count. */
export function looksLikeAnswer(bytes: Uint8Array, length: number): boolean | undefined {
  return looksCompressed(bytes, length, 'server') === true || looksLikePlainAnswer(bytes, length)
}

function looksLikePlainAnswer(bytes: Uint8Array, length: number): boolean | undefined {
  const payload = lengthOf(bytes)
  if (length >= headerBytes && (bytes[3] !== 1 || payload === 0)) return false
  if (length < headerBytes + 1) return undefined
  switch (bytes[4]) {
    case 0x00:
      return payload >= 7
    case 0xff:
      if (length < headerBytes + 3) return undefined
      return payload >= 3 && payload <= longestErr && isErrorCode(bytes[5], bytes[6])
    case 0xfe:
      return payload === 5 || payload >= 7
    case 0xfb:
      return payload >= 2
    case 0xfc:
      return payload === 3 || payload === 4
    default:
      return payload <= 2 || isStatistics(bytes)
  }
}

/** COM_STATISTICS is answered by text: `Uptime: …`. */
function isStatistics(bytes: Uint8Array): boolean {
  return bytes[4] === 0x55 && bytes[5] === 0x70
}
