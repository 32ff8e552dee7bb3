/** The EOF packet (manual, "EOF_Packet"): header 0xfe, warnings 2, status flags 2; shorter than nine bytes. */
import { Payload } from './payload.ts'

export interface Eof {
  warnings: number | null
  status: number | null
}

export function readEof(bytes: Uint8Array, start: number, end: number): Eof {
  const payload = new Payload(bytes, start + 1, end)
  return { warnings: payload.integer(2) ?? null, status: payload.integer(2) ?? null }
}
