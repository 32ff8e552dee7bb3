/**
 * The OK packet (manual, "OK_Packet"): header 0x00 or 0xfe, affected rows, last insert id, status flags 2, warnings 2,
 * then text, or with CLIENT_SESSION_TRACK a length-encoded text and, where the status says so, what changed.
 */
import { Payload } from './payload.ts'
import { serverStatus } from './server-status.ts'
import { readSessionState, type SessionState } from './session-state.ts'

export interface Ok {
  rowsAffected: number | null
  lastInsertId: number | string | null
  /** Null: a gap hides it. */
  status: number | null
  warnings: number | null
  /** What it tells of the session's state; null: nothing. */
  state: SessionState | null
}

/** @param tracked whether its text is followed by what changed; undefined: the handshake was not seen */
export function readOk(bytes: Uint8Array, start: number, end: number, tracked: boolean | undefined): Ok {
  const payload = new Payload(bytes, start + 1, end)
  const rowsAffected = payload.length() ?? null
  const lastInsertId = payload.lengthEncoded() ?? null
  const status = payload.integer(2) ?? null
  const warnings = payload.integer(2) ?? null
  const changed = status !== null && (status & serverStatus.SERVER_SESSION_STATE_CHANGED) !== 0
  const state = changed && tracked !== false ? readSessionState(payload, tracked === true) : null
  return { rowsAffected, lastInsertId, status, warnings, state }
}
