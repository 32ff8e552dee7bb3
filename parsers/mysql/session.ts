/** What a connection knows of itself: who, in which schema, on which server, and what both ends can. Unknown is null. */
import type { Capabilities } from './capabilities.ts'
import type { Ok } from './ok.ts'

export interface Session {
  user: string | null
  database: string | null
  serverVersion: string | null
  connectionId: number | null
  capabilities: Capabilities
  /** CLIENT_DEPRECATE_EOF, or what the first result set showed where the handshake was not seen. */
  deprecateEof: boolean | undefined
  joinedInMidLife: boolean
}

export function freshSession(joinedInMidLife: boolean): Session {
  return {
    user: null,
    database: null,
    serverVersion: null,
    connectionId: null,
    capabilities: undefined,
    deprecateEof: undefined,
    joinedInMidLife,
  }
}

/** After an OK: the schema it tells of, or the one that the command named. */
export function followSchema(session: Session, ok: Ok, named: string | null): void {
  if (ok.schema !== null) session.database = ok.schema === '' ? null : ok.schema
  else if (named !== null) session.database = named
}

/** The schema that a statement changes to: `USE name`, quoted or not. Null: it is no such statement. */
export function schemaOfUse(text: string): string | null {
  const match = /^\s*use\s+(?:`((?:[^`]|``)+)`|([^\s;`]+))\s*;?\s*$/i.exec(text)
  if (match === null) return null
  return match[1]?.replaceAll('``', '`') ?? match[2] ?? null
}
