/** Who speaks to whom on one connection, and at which end it is observed. One object per connection, shared by its exchanges. */
import type { Clock, Endpoint, Observed, SocketAddress } from '../record.ts'
import type { Address, Opened, Translated } from '../capture/source.ts'
import type { ProcessIdentity } from '../kubernetes/process-identity.ts'
import type { ProxiedClient } from '../../parsers/proxy-header.ts'
import type { End } from './pair.ts'

export interface Ends {
  readonly client: Endpoint
  readonly server: Endpoint
  /** The client's end of the connection, where that is a proxy which names whom it speaks for: then `client` is that one. */
  readonly proxy: Endpoint | null
  /** What the client connected to, where address translation put the server in its place. */
  readonly dialled: SocketAddress | null
  readonly clock: Clock
  /** Null: neither end itself, only its packets. */
  readonly observed: Observed | null
}

/** Of an end's process, and of the process that its peer is known by. */
export interface Identities {
  readonly own: ProcessIdentity | null
  readonly peer: ProcessIdentity | null
}

/** One end of a connection, as far as it is known. */
export interface ObservedEnd {
  readonly opened: Opened
  readonly identities: Identities
  /** Null while it is not known which one it is. */
  readonly end: End | null
  /** The other end, where it runs on this machine too. */
  readonly counterpart: ObservedEnd | null
  /** What a packet capture shows of address translation. */
  readonly translated: Translated | null
  /** For whom its client's end speaks, where that is a proxy. */
  readonly proxied: ProxiedClient | null
}

/** Of one end as it is observed; null while it is not known which end it is. */
export function endsOf(connection: ObservedEnd): Ends | null {
  const { end } = connection
  if (end === null) return null
  const { near, far } = endpointsOf(connection)
  const [speaker, server] = end === 'client' ? [near, far] : [far, near]
  const { proxied } = connection
  const isWire = connection.opened.vantage === 'wire'
  // spelled out: an object made of another one has a shape of its own in the engine's eyes, and is slow to read
  return {
    client: proxied === null ? speaker : endpoint(proxied, null, null, null),
    server,
    proxy: proxied === null ? null : speaker,
    dialled: dialledOf(connection),
    clock: isWire ? 'wire' : end,
    observed: isWire ? null : end,
  }
}

/** Of the client's end, where both are observed. */
export function bothEndsOf(client: ObservedEnd): Ends | null {
  const ends = endsOf(client)
  if (ends === null) return null
  const { server, proxy, dialled, clock } = ends
  return { client: ends.client, server, proxy, dialled, clock, observed: 'both' }
}

/** Each end as it knows itself; one that is not observed, as the other knows it. */
function endpointsOf({ opened, identities, counterpart, translated }: ObservedEnd): { near: Endpoint; far: Endpoint } {
  if (translated !== null) {
    const { local, remote } = translated
    return { near: endpoint(local, null, null, null), far: endpoint(remote, null, null, null) }
  }
  const near = sharedEndpoint(opened.local, opened.pid, opened.comm, identities.own)
  if (counterpart !== null) {
    const { local, pid, comm } = counterpart.opened
    return { near, far: endpoint(local, pid, comm, counterpart.identities.own) }
  }
  const { peer } = identities
  return { near, far: endpoint(opened.remote, opened.unix?.peerPid ?? null, peer?.comm ?? null, peer) }
}

function dialledOf({ opened, end, counterpart, translated }: ObservedEnd): SocketAddress | null {
  if (translated !== null) {
    const { local, remote, localSees, remoteSees } = translated
    return end === 'client' ? unlessSame(localSees, remote) : unlessSame(remoteSees, local)
  }
  if (counterpart === null) return null
  const [client, server] = end === 'client' ? [opened, counterpart.opened] : [counterpart.opened, opened]
  return unlessSame(client.remote, server.local)
}

function unlessSame({ address, port }: Address, own: Address): SocketAddress | null {
  if (address === null || port === null) return null // a unix-domain socket
  return address === own.address && port === own.port ? null : { address, port }
}

let newest: { endpoint: Endpoint; identity: ProcessIdentity | null } | undefined

/** A server's end is the same for all its connections. */
function sharedEndpoint(
  local: Address,
  pid: number | null,
  comm: string | null,
  identity: ProcessIdentity | null,
): Endpoint {
  if (newest !== undefined && newest.identity === identity && isEnd(newest.endpoint, local, pid, comm)) {
    return newest.endpoint
  }
  newest = { endpoint: endpoint(local, pid, comm, identity), identity }
  return newest.endpoint
}

function isEnd(known: Endpoint, { address, port }: Address, pid: number | null, comm: string | null): boolean {
  return known.port === port && known.pid === pid && known.address === address && known.comm === comm
}

function endpoint(
  { address, port }: Address,
  pid: number | null,
  comm: string | null,
  identity: ProcessIdentity | null,
): Endpoint {
  return {
    address,
    port,
    pid,
    comm,
    container: identity?.container ?? null,
    pod: identity?.pod ?? null,
    namespace: identity?.namespace ?? null,
    workload: identity?.workload ?? null,
    node: identity?.node ?? null,
  }
}
