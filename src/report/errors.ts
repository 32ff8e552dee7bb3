/** Errors that are stored, by code and digest: every error is stored in full, so these are all of them. */
import { z } from 'zod'
import { instantText } from '../records/instant.ts'
import type { Protocol } from '../store/identities.ts'
import type { Store } from '../store/store.ts'
import { nameOf } from './endpoint-name.ts'
import { scopeOf, type Selection } from './scope.ts'

export interface ErrorRow {
  protocol: Protocol
  /** The server's error number, or an HTTP status. */
  code: number | null
  sqlState: string | null
  digest: string
  digestText: string
  count: number
  /** Of the last one. */
  message: string | null
  firstAt: string
  lastAt: string
  /** Where they came from, most first, and how many each. */
  clients: { name: string | null; count: number }[]
}

const errorRow = z.object({
  protocol: z.enum(['mysql', 'http']),
  code: z.number().nullable(),
  sqlState: z.string().nullable(),
  digest: z.string(),
  digestText: z.string(),
  count: z.number(),
  message: z.string().nullable(),
  firstAt: z.string().transform(BigInt),
  lastAt: z.string().transform(BigInt),
  address: z.string().nullable(),
  comm: z.string().nullable(),
  container: z.string().nullable(),
  pod: z.string().nullable(),
  namespace: z.string().nullable(),
})

export interface ErrorFilter extends Selection {
  /** Any of these; none: all. */
  code?: readonly number[] | undefined
}

/** @returns the most frequent first */
export function readErrors(store: Store, filter: ErrorFilter): ErrorRow[] {
  const { code = [] } = filter
  const scope = scopeOf(filter)
  const coded =
    code.length === 0 ? 'true' : 'coalesce(e.errorCode, e.statusCode) IN (SELECT value FROM json_each(@codes))'
  // A bare column beside max() is of the row with the maximum: https://sqlite.org/lang_select.html#bareagg
  const rows = store.database
    .prepare(
      `SELECT e.protocol, coalesce(e.errorCode, e.statusCode) AS code, e.sqlState, e.digestId AS digest, e.digestText,
         count(*) AS count, e.errorMessage AS message, CAST(min(e.startedAt) AS TEXT) AS firstAt,
         CAST(max(e.startedAt) AS TEXT) AS lastAt, e.clientAddress AS address, e.clientComm AS comm,
         e.clientContainer AS container, e.clientPod AS pod, e.clientNamespace AS namespace
       FROM exchange_records e WHERE e.status = 'error' AND ${scope.exchanges} AND ${coded}
       GROUP BY e.digest, code, e.client`,
    )
    .all({ ...scope.parameters, codes: JSON.stringify(code) })
  const found = new Map<string, ErrorRow & { last: bigint; first: bigint }>()
  for (const row of z.array(errorRow).parse(rows)) {
    const { firstAt, lastAt, address, comm, container, pod, namespace, ...error } = row
    const key = `${error.digest} ${error.code}`
    const known = found.get(key)
    const client = { name: nameOf({ address, port: null, comm, container, pod, namespace }), count: error.count }
    const group = known ?? { ...error, firstAt: '', lastAt: '', count: 0, clients: [], first: firstAt, last: lastAt }
    if (known === undefined) found.set(key, group)
    if (lastAt >= group.last) Object.assign(group, { last: lastAt, message: error.message })
    if (firstAt < group.first) group.first = firstAt
    group.count += error.count
    group.clients.push(client)
  }
  return [...found.values()]
    .map(({ first, last, ...error }) => ({
      ...error,
      firstAt: instantText(first),
      lastAt: instantText(last),
      clients: error.clients.toSorted((a, b) => b.count - a.count),
    }))
    .sort((a, b) => b.count - a.count || (a.lastAt < b.lastAt ? 1 : -1))
}
