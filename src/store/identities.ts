/** Numbers of digests, endpoints and callers in the store: each is written once and then found in a bounded cache. */
import type { Database, Statement } from 'better-sqlite3'
import type { Digest } from '../digest/digest-table.ts'
import type { Endpoint } from '../record.ts'
import type { Caller } from './caller.ts'

/** A cache that reaches this is emptied: what is still in use comes back with one look-up. */
const maxCached = 50_000

class Identities<Value> {
  readonly #known = new Map<string, number>()
  readonly #keyOf: (value: Value) => string
  readonly #upsert: Statement
  readonly #rowOf: (value: Value, key: string) => object

  /** @param upsert inserts the row or finds it, and returns its id */
  constructor(upsert: Statement, keyOf: (value: Value) => string, rowOf: (value: Value, key: string) => object) {
    this.#upsert = upsert.pluck()
    this.#keyOf = keyOf
    this.#rowOf = rowOf
  }

  idOf(value: Value): number {
    const key = this.#keyOf(value)
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const id = Number(this.#upsert.get(this.#rowOf(value, key)))
    if (this.#known.size >= maxCached) this.#known.clear()
    this.#known.set(key, id)
    return id
  }

  forget(): void {
    this.#known.clear()
  }
}

export type Protocol = 'mysql' | 'http'

export class StoreIdentities {
  readonly digests: Identities<{ digest: Digest; protocol: Protocol }>
  /** Without pid; a client's port is left out by the caller, since it is another for each connection. */
  readonly endpoints: Identities<Endpoint>
  readonly callers: Identities<Caller>

  constructor(database: Database) {
    this.digests = new Identities(
      database.prepare(`INSERT INTO digests (digest, protocol, digestText) VALUES (@digest, @protocol, @text)
        ON CONFLICT (digest) DO UPDATE SET digest = digest RETURNING id`),
      ({ digest }) => digest.id,
      ({ digest, protocol }) => ({ digest: digest.id, protocol, text: digest.text }),
    )
    this.endpoints = new Identities(
      database.prepare(`INSERT INTO endpoints (key, address, port, comm, container, pod, namespace, workload, node)
        VALUES (@key, @address, @port, @comm, @container, @pod, @namespace, @workload, @node)
        ON CONFLICT (key) DO UPDATE SET key = key RETURNING id`),
      endpointKey,
      (endpoint, key) => ({ ...endpoint, key }),
    )
    this.callers = new Identities(
      database.prepare(`INSERT INTO callers (key, client, server, database, user)
        VALUES (@key, @client, @server, @database, @user) ON CONFLICT (key) DO UPDATE SET key = key RETURNING id`),
      (caller) => caller.key,
      ({ client, server, database: schema, user }, key) => ({
        key,
        client: this.endpoints.idOf(client),
        server: this.endpoints.idOf(server),
        database: schema,
        user,
      }),
    )
  }

  /** After rows were deleted, or a transaction was rolled back, no number may be trusted. */
  forget(): void {
    this.digests.forget()
    this.endpoints.forget()
    this.callers.forget()
  }
}

function endpointKey(end: Endpoint): string {
  return JSON.stringify([
    end.address,
    end.port,
    end.comm,
    end.container,
    end.pod,
    end.namespace,
    end.workload,
    end.node,
  ])
}
