/** The server's first packet (manual, "Protocol::HandshakeV10"; MariaDB's "Connecting"). */
import { capability } from './capabilities.ts'
import { Payload } from './payload.ts'

export interface Greeting {
  serverVersion: string
  connectionId: number
  capabilities: number
  mariadbCapabilities: number
}

const protocolVersion = 10

/** @returns undefined: this is no greeting of protocol 10, or a gap hides what follows depends on */
export function readGreeting(bytes: Uint8Array, start: number, end: number, length: number): Greeting | undefined {
  const payload = new Payload(bytes, start, end)
  if (payload.integer(1) !== protocolVersion) return undefined
  const version = payload.nulTerminatedText()
  const connectionId = payload.integer(4)
  // auth-plugin-data-part-1 8, filler 1
  if (version === undefined || connectionId === undefined || !payload.skip(9)) return undefined
  const low = payload.integer(2)
  if (low === undefined) return undefined
  // character set 1, status 2, the capabilities' upper half 2, length of the auth data 1, filler 6; servers of old end before
  const high = payload.skip(3) ? payload.integer(2) : undefined
  if (high === undefined && end - start < length) return undefined
  const capabilities = (low | ((high ?? 0) << 16)) >>> 0
  const isMariadb = (capabilities & capability.CLIENT_MYSQL) === 0
  const more = isMariadb && payload.skip(7) ? payload.integer(4) : 0
  if (more === undefined) return undefined
  return {
    // MariaDB 10 puts this in front, for replicas of old versions
    serverVersion: version.replace(/^5\.5\.5-(?=\d+\.\d+\.\d+-MariaDB)/, ''),
    connectionId,
    capabilities,
    mariadbCapabilities: more,
  }
}
