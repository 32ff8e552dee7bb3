/** What ports and paths say of a connection: what the user says is spoken there, and what is spoken there as a rule. */
import type { Spoken } from '../../parsers/detection.ts'
import type { Opened } from '../capture/source.ts'

export type PortProtocols = ReadonlyMap<number, Spoken['protocol']>

const wellKnown: PortProtocols = new Map([
  [3306, 'mysql'],
  [80, 'http'],
])

/** @returns what is spoken by the protocol of one of its ports; undefined where neither or both have one */
export function spokenBy({ role, local, remote }: Opened, protocols: PortProtocols): Spoken | undefined {
  const far = role === 'accepted' ? undefined : ofPort(remote.port, protocols)
  const near = role === 'connected' ? undefined : ofPort(local.port, protocols)
  if (far !== undefined && near !== undefined) return undefined
  if (far !== undefined) return { kind: 'spoken', protocol: far, client: 0 }
  return near === undefined ? undefined : { kind: 'spoken', protocol: near, client: 1 }
}

function ofPort(port: number | null, protocols: PortProtocols): Spoken['protocol'] | undefined {
  return port === null ? undefined : protocols.get(port)
}

/** By the well-known ports, and by the path of a socket: no more than a hint. */
export function likelySpoken(opened: Opened): Spoken | undefined {
  if (opened.unix === null) return spokenBy(opened, wellKnown)
  const { local, remote } = opened
  if (isMysqlPath(remote.address)) return { kind: 'spoken', protocol: 'mysql', client: 0 }
  return isMysqlPath(local.address) ? { kind: 'spoken', protocol: 'mysql', client: 1 } : undefined
}

/** `/run/mysqld/mysqld.sock`, `/tmp/mysql.sock`, `/var/lib/mysql/mysql.sock`. */
function isMysqlPath(path: string | null): boolean {
  return path !== null && /mysql|mariadb/i.test(path)
}
