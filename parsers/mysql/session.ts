/** What a connection knows of itself: who, in which schema, on which server, and what both ends can. Unknown is null. */
import type { Capabilities } from './capabilities.ts'
import type { ConnectionAttributes } from './connection-attributes.ts'
import type { ProxiedClient } from '../proxy-header.ts'
import { plainReading, type Reading } from './reading.ts'

export interface Session {
  user: string | null
  database: string | null
  serverVersion: string | null
  connectionId: number | null
  /** For whom a proxy speaks, by its PROXY header; undefined: a gap may hide it. */
  proxied: ProxiedClient | null | undefined
  /** What the client said of itself at its login. */
  attributes: ConnectionAttributes | null
  capabilities: Capabilities
  /** MariaDB's own capabilities, sent apart. */
  mariadbCapabilities: number
  /** CLIENT_DEPRECATE_EOF, or what the first result set showed where the handshake was not seen. */
  deprecateEof: boolean | undefined
  /** Why user and schema may be others than said here; null: they are not. It stands on every exchange. */
  doubt: string | null
  /** How its statements are to be read. */
  reading: Reading
  /** The server has told a change of schema: it tells each. */
  tracksSchema: boolean
  /** Its client sends commands before the answers to earlier ones. */
  pipelines: boolean
}

export const joinedInMidLife = 'joined in mid-life'

export function freshSession(midLife: boolean): Session {
  return {
    user: null,
    database: null,
    serverVersion: null,
    connectionId: null,
    proxied: null,
    attributes: null,
    capabilities: undefined,
    mariadbCapabilities: 0,
    deprecateEof: undefined,
    doubt: midLife ? joinedInMidLife : null,
    reading: plainReading,
    tracksSchema: false,
    pipelines: false,
  }
}

/** A command was not seen that may have changed the user or the schema. */
export function doubtSession(session: Session, reason: string): void {
  session.user = null
  session.database = null
  session.reading = plainReading
  session.doubt ??= reason
}
