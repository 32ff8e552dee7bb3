/**
 * What one compressed frame holds. zlib and zstd are told apart by the bytes themselves (zlib's header is 0x78, zstd's
 * magic number 28 b5 2f fd): where both were possible the client chose, and that is not always seen.
 */
import { Buffer } from 'node:buffer'
import { constants, inflateSync } from 'node:zlib'
import { zstd } from './zstd.ts'

const zstdMagic = [0x28, 0xb5, 0x2f, 0xfd]
/** Deflate with a window of 32 KiB, which every MySQL client and server uses. */
const zlibMethod = 0x78

/** Bytes that are inflated at a time. */
const largestChunk = 256 << 10

export function isZstd(bytes: Uint8Array, at: number): boolean {
  return zstdMagic.every((byte, i) => bytes[at + i] === byte)
}

/** Method, and flags: together a multiple of 31, without a preset dictionary. */
export function isZlib(bytes: Uint8Array, at: number): boolean {
  const flags = bytes[at + 1] ?? 0
  return bytes[at] === zlibMethod && ((zlibMethod << 8) | flags) % 31 === 0 && (flags & 0x20) === 0
}

/**
 * @param length that the frame states: never more comes out
 * @param isWhole false where only the frame's beginning was seen
 * @returns the bytes, or as many as can be had from a beginning; undefined where it is broken
 */
export function inflate(frame: Uint8Array, length: number, isWhole: boolean): Uint8Array | undefined {
  try {
    if (isZstd(frame, 0)) return isWhole ? exactly(zstd.decode(frame, length), length) : undefined
    const bytes = inflateSync(Buffer.from(frame.buffer, frame.byteOffset, frame.length), {
      maxOutputLength: length,
      chunkSize: Math.min(Math.max(constants.Z_MIN_CHUNK, length), largestChunk),
      finishFlush: isWhole ? constants.Z_FINISH : constants.Z_SYNC_FLUSH,
    })
    return isWhole ? exactly(bytes, length) : bytes
  } catch {
    // bytes that are no zlib or zstd, or more of them than was stated: the caller knows how much it lacks
    return undefined
  }
}

function exactly(bytes: Uint8Array, length: number): Uint8Array | undefined {
  return bytes.length === length ? bytes : undefined
}
