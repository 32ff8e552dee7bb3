/** Compressed frames (manual, "Compressed Packet") of a made-up session. */
import { deflateSync } from 'node:zlib'
import * as wire from './mysql-encoding.ts'

/** What one frame holds at most: far less than real ones, so that packets cross frames. */
const frameBytes = 150
/** Below it nobody compresses. */
const leastCompressed = 50

/** Cut without regard to packets; those that do not shrink are stored. @returns with the next frame's sequence id */
export function frames(
  bytes: Buffer,
  sequence: number,
  compression: 'zlib' | 'zstd',
  size = frameBytes,
): { bytes: Buffer; next: number } {
  const parts: Buffer[] = []
  for (let from = 0; from < bytes.length; from += size) {
    const plain = bytes.subarray(from, from + size)
    const small = plain.length < leastCompressed
    const compressed = small ? plain : compression === 'zlib' ? deflateSync(plain) : storedZstd(plain)
    const isCompressed = !small && (compression === 'zstd' || compressed.length < plain.length)
    const payload = isCompressed ? compressed : plain
    const head = [wire.integer(payload.length, 3), (sequence + parts.length) & 0xff]
    parts.push(wire.bytes(...head, wire.integer(isCompressed ? plain.length : 0, 3), payload))
  }
  return { bytes: Buffer.concat(parts), next: (sequence + parts.length) & 0xff }
}

/** A zstd frame (RFC 8878) whose one block is not compressed: magic number, descriptor, content size 4, block header 3. */
function storedZstd(plain: Buffer): Buffer {
  const lastRawBlock = wire.integer((plain.length << 3) | 1, 3)
  return wire.bytes(0x28, 0xb5, 0x2f, 0xfd, 0xa0, wire.integer(plain.length, 4), lastRawBlock, plain)
}
