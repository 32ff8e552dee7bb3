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
  /** Null: a gap hides it. */
  status: number | null
  warnings: number | null
  /** The schema that the session has from now on, '' for none; null where nothing says. */
  schema: string | null
  /** Values that variables of the session have from now on; null where nothing says. */
  charset: string | null
  sqlMode: string | null
  /** What changed could not be read to its end. */
  cut: boolean
}

/** Types of session state changes: a variable's name and value, and the new schema. */
const SESSION_TRACK_SYSTEM_VARIABLES = 0
const SESSION_TRACK_SCHEMA = 1

export function readOk(bytes: Uint8Array, start: number, end: number, capabilities: Capabilities): Ok {
  const payload = new Payload(bytes, start + 1, end)
  const rowsAffected = payload.length() ?? null
  const lastInsertId = payload.lengthEncoded() ?? null
  const status = payload.integer(2) ?? null
  const warnings = payload.integer(2) ?? null
  const ok: Ok = {
    rowsAffected,
    lastInsertId,
    status,
    warnings,
    schema: null,
    charset: null,
    sqlMode: null,
    cut: false,
  }
  const changed = status !== null && (status & serverStatus.SERVER_SESSION_STATE_CHANGED) !== 0
  if (changed && has(capabilities, 'CLIENT_SESSION_TRACK') === true) readStateChanges(payload, ok)
  return ok
}

/** Length-encoded all changes; each a type 1 and its data, length-encoded. The last one of a kind holds. */
function readStateChanges(payload: Payload, ok: Ok): void {
  const info = payload.length()
  const all = info !== undefined && payload.skip(info) ? payload.length() : undefined
  if (all === undefined) {
    ok.cut = true
    return
  }
  const end = payload.offset + all
  while (payload.offset < end) {
    const type = payload.integer(1)
    const length = payload.length()
    if (type === undefined || length === undefined || length > payload.left) {
      ok.cut = true
      return
    }
    const next = payload.offset + length
    if (type === SESSION_TRACK_SCHEMA) ok.schema = payload.lengthEncodedText() ?? ok.schema
    if (type === SESSION_TRACK_SYSTEM_VARIABLES) readVariables(payload, next, ok)
    payload.offset = next
  }
}

/** MySQL tells one at a time, MariaDB several. */
function readVariables(payload: Payload, end: number, ok: Ok): void {
  while (payload.offset < end) {
    const name = payload.lengthEncodedText()
    const value = payload.lengthEncodedText()
    if (name === undefined || value === undefined) return
    if (name === 'character_set_client') ok.charset = value
    if (name === 'sql_mode') ok.sqlMode = value
  }
}
