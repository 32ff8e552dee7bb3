/** What ports say of a connection: what the user says is spoken there, and what is spoken there as a rule. */
import type { Spoken } from '../../parsers/detection.ts'
import type { Opened } from '../capture/source.ts'

export type PortProtocols = ReadonlyMap<number, Spoken['protocol']>

const wellKnown: PortProtocols = new Map([
  [3306, 'mysql'],
  [80, 'http'],
])

/** @returns what is spoken by the protocol of one of its ports; undefined where neither or both have one */
export function spokenBy({ role, local, remote }: Opened, protocols: PortProtocols): Spoken | undefined {
  const far = role === 'accepted' ? undefined : protocols.get(remote.port)
  const near = role === 'connected' ? undefined : protocols.get(local.port)
  if (far !== undefined && near !== undefined) return undefined
  if (far !== undefined) return { kind: 'spoken', protocol: far, client: 0 }
  return near === undefined ? undefined : { kind: 'spoken', protocol: near, client: 1 }
}

/** By the well-known ports: no more than a hint. */
export function likelySpoken(opened: Opened): Spoken | undefined {
  return spokenBy(opened, wellKnown)
}
