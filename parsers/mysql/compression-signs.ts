/**
 * Tells compressed frames from plain packets where the handshake was not seen. A compressed command is a frame of sequence
 * 0 (its answer: 1 or more) whose payload is a plain packet, or begins as zlib or zstd do.
 */
import { mayBeCommand } from './commands.ts'
import { isZlib, isZstd } from './inflate.ts'
import { threeBytes } from './packet-header.ts'

/** Frame's header 7, and of the packet in it the header 4 and one byte. */
export const signBytes = 12
/** A frame holds a packet's header and a byte at least. */
const shortestFrame = 5
/** What zlib and zstd make of bytes that do not shrink, at most: some clients send it nevertheless. */
const mostGrown = (bytes: number) => bytes + 64 + (bytes >>> 10)

/** @returns undefined where more bytes are needed */
export function looksCompressed(bytes: Uint8Array, length: number, side: 'client' | 'server'): boolean | undefined {
  if (length >= 4) {
    const wrongSequence = side === 'client' ? bytes[3] !== 0 : bytes[3] !== 1
    if (wrongSequence || threeBytes(bytes, 0) < shortestFrame) return false
  }
  // a plain packet of that length has nine bytes, a compressed frame twelve: what is plain must not wait for more
  if (length < shortestFrame + 4) return undefined
  const before = threeBytes(bytes, 4)
  if (before === 0) return length < signBytes ? undefined : holdsPacket(bytes, side)
  // of a plain packet these would be a command and the beginning of its text
  if (threeBytes(bytes, 0) > mostGrown(before)) return false
  if (isZlib(bytes, 7)) return !isText(bytes)
  if (bytes[7] !== 0x28 || bytes[8] !== 0xb5) return false
  return length < signBytes ? undefined : isZstd(bytes, 7)
}

function holdsPacket(bytes: Uint8Array, side: 'client' | 'server'): boolean {
  const packet = threeBytes(bytes, 7)
  if (packet === 0) return false
  if (side === 'server') return bytes[10] === 1
  return bytes[10] === 0 && mayBeCommand(bytes[11] ?? 0, packet)
}

/** The text of a COM_QUERY that has `x^` in its third and fourth place. */
function isText(bytes: Uint8Array): boolean {
  const isPrintable = (byte = 0) => byte >= 0x20 && byte < 0x7f
  return bytes[4] === 0x03 && isPrintable(bytes[5]) && isPrintable(bytes[6]) && isPrintable(bytes[8])
}
