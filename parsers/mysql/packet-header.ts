/** The header of each part of a packet (manual, "MySQL Packets"): payload length 3, sequence id 1. */

export const headerBytes = 4
/** A payload this long is continued by the next part. */
export const fullPart = 0xffffff

/** The protocol's integer of three bytes. */
export function threeBytes(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] ?? 0) | ((bytes[offset + 1] ?? 0) << 8) | ((bytes[offset + 2] ?? 0) << 16)
}

/** A header that was gathered from several chunks, its first byte lowest. */
export function headerOf(gathered: number): { length: number; sequence: number } {
  return { length: gathered & 0xffffff, sequence: gathered >>> 24 }
}

export function headerBytesOf(gathered: number): Uint8Array {
  return Uint8Array.of(gathered, gathered >>> 8, gathered >>> 16, gathered >>> 24)
}
