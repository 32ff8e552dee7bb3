/** The client's first packet (manual, "Protocol::HandshakeResponse41") and the SSLRequest that can stand in its place. */
import { capability } from './capabilities.ts'
import { Payload } from './payload.ts'

export type Login =
  /** From here on the connection is TLS. */
  { kind: 'ssl-request' } | { kind: 'login'; capabilities: number; user: string | null; database: string | null }

/** @returns undefined: this is neither */
export function readLogin(bytes: Uint8Array, start: number, end: number, length: number): Login | undefined {
  const payload = new Payload(bytes, start, end)
  const capabilities = payload.integer(4)
  if (capabilities === undefined) return undefined
  if ((capabilities & capability.CLIENT_PROTOCOL_41) === 0) return undefined
  // maximum packet 4, character set 1, filler 23
  if (!payload.skip(28)) return undefined
  if (length === 32 && (capabilities & capability.CLIENT_SSL) !== 0) return { kind: 'ssl-request' }
  const user = payload.nulTerminatedText()
  if (user === undefined) return { kind: 'login', capabilities, user: null, database: null }
  const passed = skipAuthResponse(payload, capabilities)
  const named = passed && (capabilities & capability.CLIENT_CONNECT_WITH_DB) !== 0
  const database = named ? (payload.nulTerminatedText() ?? null) : null
  return { kind: 'login', capabilities, user, database: database === '' ? null : database }
}

/** It is passed over, never kept. */
function skipAuthResponse(payload: Payload, capabilities: number): boolean {
  const lengthEncoded = (capabilities & capability.CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA) !== 0
  const counted = lengthEncoded || (capabilities & capability.CLIENT_SECURE_CONNECTION) !== 0
  if (!counted) return payload.nulTerminatedText() !== undefined
  const length = lengthEncoded ? payload.length() : payload.integer(1)
  return length !== undefined && payload.skip(length)
}
