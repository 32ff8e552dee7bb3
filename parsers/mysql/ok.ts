/**
 * The OK packet (manual, "OK_Packet"): header 0x00 or 0xfe, affected rows, last insert id, status flags 2, warnings 2,
 * then text, or with CLIENT_SESSION_TRACK a length-encoded text and, where the status says so, what changed.
 */
import { type Capabilities, has } from './capabilities.ts'
import { Payload } from './payload.ts'
import { serverStatus } from './server-status.ts'

export interface Ok {
  rowsAffected: number | null
  lastInsertId: number | string | null
  status: number | null
  warnings: number | null
  /** The schema that the session has from now on; null where nothing says. */
  schema: string | null
}

/** Type of a session state change that tells the new schema. */
const SESSION_TRACK_SCHEMA = 1

export function readOk(bytes: Uint8Array, start: number, end: number, capabilities: Capabilities): Ok {
  const payload = new Payload(bytes, start + 1, end)
  const rowsAffected = payload.length() ?? null
  const lastInsertId = payload.lengthEncoded() ?? null
  const status = payload.integer(2) ?? null
  const warnings = payload.integer(2) ?? null
  const changed = status !== null && (status & serverStatus.SERVER_SESSION_STATE_CHANGED) !== 0
  const schema = changed && has(capabilities, 'CLIENT_SESSION_TRACK') === true ? schemaChange(payload) : null
  return { rowsAffected, lastInsertId, status, warnings, schema }
}

function schemaChange(payload: Payload): string | null {
  const info = payload.length()
  if (info === undefined || !payload.skip(info)) return null
  const all = payload.length()
  if (all === undefined) return null
  while (payload.left > 0) {
    const type = payload.integer(1)
    const length = payload.length()
    if (type === undefined || length === undefined) return null
    if (type === SESSION_TRACK_SCHEMA) return payload.lengthEncodedText() ?? null
    if (!payload.skip(length)) return null
  }
  return null
}
