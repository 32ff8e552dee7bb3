/** The server's first packet (manual, "Protocol::HandshakeV10"). */
import { Payload } from './payload.ts'

export interface Greeting {
  serverVersion: string
  connectionId: number
  capabilities: number
}

const protocolVersion = 10

/** @returns undefined: this is no greeting of protocol 10 */
export function readGreeting(bytes: Uint8Array, start: number, end: number): Greeting | undefined {
  const payload = new Payload(bytes, start, end)
  if (payload.integer(1) !== protocolVersion) return undefined
  const version = payload.nulTerminatedText()
  const connectionId = payload.integer(4)
  // auth-plugin-data-part-1 8, filler 1
  if (version === undefined || connectionId === undefined || !payload.skip(9)) return undefined
  const low = payload.integer(2)
  if (low === undefined) return undefined
  // character set 1, status 2
  const high = payload.skip(3) ? (payload.integer(2) ?? 0) : 0
  // MariaDB 10 and later puts this in front, for replicas of old versions
  return {
    serverVersion: version.replace(/^5\.5\.5-(?=\d+\.\d+\.\d+-MariaDB)/, ''),
    connectionId,
    capabilities: (low | (high << 16)) >>> 0,
  }
}
