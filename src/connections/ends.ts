/** Who speaks to whom on one connection, and at which end it is observed. One object per connection, shared by its exchanges. */
import type { Clock, Endpoint, Observed } from '../record.ts'
import type { Connection } from './connection.ts'

export interface Ends {
  readonly client: Endpoint
  readonly server: Endpoint
  readonly clock: Clock
  readonly observed: Observed
}

/** Of one end as it is observed; null while it is not known which end it is. */
export function endsOf(connection: Connection): Ends | null {
  const { end } = connection
  if (end === null) return null
  const { near, far } = endpointsOf(connection)
  return end === 'client'
    ? { client: near, server: far, clock: 'client', observed: 'client' }
    : { client: far, server: near, clock: 'server', observed: 'server' }
}

/** Of the client's end, where both are observed. */
export function bothEndsOf(client: Connection): Ends | null {
  const ends = endsOf(client)
  return ends === null ? null : { ...ends, observed: 'both' }
}

function endpointsOf({ opened, identity, counterpart }: Connection): { near: Endpoint; far: Endpoint } {
  const near = endpoint(opened.local, opened.pid, opened.comm, identity)
  const other = counterpart?.opened
  const far = endpoint(opened.remote, other?.pid ?? null, other?.comm ?? null, counterpart?.identity ?? null)
  return { near, far }
}

function endpoint(
  { address, port }: { address: string; port: number },
  pid: number | null,
  comm: string | null,
  identity: Connection['identity'],
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
