/**
 * Who totals are kept for: a client as a workload, not as a connection, with the server, the database and the user.
 * A client is its pod where that is known, else its container, else its command at its address.
 */
import type { Ends } from '../connections/ends.ts'
import type { Endpoint } from '../record.ts'

export interface Caller {
  readonly key: string
  readonly client: Endpoint
  readonly server: Endpoint
  readonly database: string | null
  readonly user: string | null
}

const unknown: Endpoint = {
  address: null,
  port: null,
  pid: null,
  comm: null,
  container: null,
  pod: null,
  namespace: null,
  workload: null,
  node: null,
}

function clientOf({ pod, namespace, workload, node, container, comm, address }: Endpoint): Endpoint {
  if (pod !== null) return { ...unknown, pod, namespace, workload, node }
  return container !== null ? { ...unknown, container, node } : { ...unknown, comm, address, node }
}

function serverOf(server: Endpoint): Endpoint {
  return { ...server, pid: null, comm: null }
}

export function callerOf(ends: Ends, database: string | null, user: string | null): Caller {
  const client = clientOf(ends.client)
  const server = serverOf(ends.server)
  return {
    key: JSON.stringify([Object.values(client), Object.values(server), database, user]),
    client,
    server,
    database,
    user,
  }
}
