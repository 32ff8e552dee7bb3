/** The EOF packet (manual, "EOF_Packet"): header 0xfe, warnings 2, status flags 2; shorter than nine bytes. */

export interface Eof {
  warnings: number | null
  status: number | null
}

export function readEof(bytes: Uint8Array, start: number, end: number): Eof {
  return {
    warnings: end - start < 3 ? null : (bytes[start + 1] ?? 0) | ((bytes[start + 2] ?? 0) << 8),
    status: end - start < 5 ? null : (bytes[start + 3] ?? 0) | ((bytes[start + 4] ?? 0) << 8),
  }
}
