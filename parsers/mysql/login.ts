/**
 * The client's first packet (manual, "Protocol::HandshakeResponse41") and the SSLRequest that can stand in its place:
 * capabilities 4, maximum packet 4, character set 1, filler 19, MariaDB's capabilities 4; user, auth response, schema,
 * plugin's name, connection attributes.
 */
import { capability } from './capabilities.ts'
import { type ConnectionAttributes, readConnectionAttributes } from './connection-attributes.ts'
import { type Charset, charsetOfCollation } from './charset.ts'
import type { Packet } from './packet.ts'
import { Payload } from './payload.ts'

export type Login =
  /** From here on the connection is TLS. */
  | { kind: 'ssl-request' }
  | {
      kind: 'login'
      capabilities: number
      mariadbCapabilities: number
      /** Of the client's texts; null: UTF-8, or none that can be read. */
      charset: Charset | null
      user: string | null
      database: string | null
      attributes: ConnectionAttributes | null
      /** A gap hides user or schema. */
      cut: boolean
    }

const sslRequestBytes = 32

/** @returns undefined: this is neither, or a gap hides what follows depends on */
export function readLogin({ bytes, start, end, length }: Packet): Login | undefined {
  const payload = new Payload(bytes, start, end)
  const capabilities = payload.integer(4)
  if (capabilities === undefined || (capabilities & capability.CLIENT_PROTOCOL_41) === 0) return undefined
  if (length === sslRequestBytes && (capabilities & capability.CLIENT_SSL) !== 0) return { kind: 'ssl-request' }
  const isMariadb = (capabilities & capability.CLIENT_MYSQL) === 0
  const collation = payload.skip(4) ? payload.integer(1) : undefined
  const more = payload.skip(19) ? payload.integer(4) : undefined
  if (more === undefined) return undefined
  const login: Login = {
    kind: 'login',
    capabilities,
    mariadbCapabilities: isMariadb ? more : 0,
    charset: charsetOfCollation(collation ?? 0),
    user: payload.nulTerminatedText() ?? null,
    database: null,
    attributes: null,
    cut: false,
  }
  const named = (capabilities & capability.CLIENT_CONNECT_WITH_DB) !== 0
  if (login.user === null || !skipAuthResponse(payload, capabilities)) return { ...login, cut: end - start < length }
  const database = named ? payload.nulTerminatedText() : ''
  if (database === undefined) return { ...login, cut: end - start < length }
  login.database = database === '' ? null : database
  const hasPlugin = (capabilities & capability.CLIENT_PLUGIN_AUTH) !== 0
  const passed = !hasPlugin || payload.nulTerminatedText() !== undefined
  if (passed && (capabilities & capability.CLIENT_CONNECT_ATTRS) !== 0) {
    login.attributes = readConnectionAttributes(payload)
  }
  // what is cut now is attributes at most; they are null or shorter then
  return { ...login, cut: end - start < length }
}

/** It is passed over, never kept. */
function skipAuthResponse(payload: Payload, capabilities: number): boolean {
  const lengthEncoded = (capabilities & capability.CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA) !== 0
  const counted = lengthEncoded || (capabilities & capability.CLIENT_SECURE_CONNECTION) !== 0
  if (!counted) return payload.nulTerminatedText() !== undefined
  const length = lengthEncoded ? payload.length() : payload.integer(1)
  return length !== undefined && payload.skip(length)
}
