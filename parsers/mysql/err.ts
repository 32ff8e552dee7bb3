/** The ERR packet (manual, "ERR_Packet"): header 0xff, error code 2, `#` and SQLSTATE 5 after the handshake, message. */
import { Payload } from './payload.ts'

export interface Err {
  code: number | null
  /** Null where the server sends none: before the handshake. */
  sqlState: string | null
  message: string | null
}

/** MariaDB tells a long statement's progress in an ERR packet with this code: no error, and not the end. */
export const progressCode = 0xffff

export function readErr(bytes: Uint8Array, start: number, end: number): Err {
  const payload = new Payload(bytes, start + 1, end)
  const code = payload.integer(2) ?? null
  const marked = payload.left >= 6 && bytes[payload.offset] === 0x23
  if (marked) payload.skip(1)
  const sqlState = marked ? (payload.text(5) ?? null) : null
  // a state that is not whole is no message
  const isMessage = code !== null && (marked || bytes[payload.offset] !== 0x23)
  return { code, sqlState, message: isMessage ? (payload.text(payload.left) ?? null) : null }
}
