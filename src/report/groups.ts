/** Who talks, how much and how slow: totals by client and server, or by one of client, server, user and database. */
import { z } from 'zod'
import { Histogram } from '../store/histogram.ts'
import type { Protocol } from '../store/identities.ts'
import type { Store } from '../store/store.ts'
import { endpointName } from './endpoint-name.ts'
import { scopeOf, type Selection } from './scope.ts'
import { spreadOf } from './spread.ts'
import { fromTotals, totalsSource } from './totals-source.ts'

/** `pod`: each client with each server it talks to; a client that is no pod is a container or a process. */
export const groupings = ['pod', 'client', 'server', 'user', 'database'] as const

export type Grouping = (typeof groupings)[number]

export interface GroupRow {
  /** What it is grouped by; null where that is not known. The others are left out. */
  client?: string | null
  server?: string | null
  user?: string | null
  database?: string | null
  protocol: Protocol
  calls: number
  errors: number
  totalNs: number
  avgNs: number | null
  p95Ns: number | null
  maxNs: number | null
  requestBytes: number
  responseBytes: number
}

type Names = Pick<GroupRow, 'client' | 'server' | 'user' | 'database'>

interface Group extends GroupRow {
  timed: number
  minNs: number | null
  histogram: Histogram
}

/** One row as SQLite gives it; the tables are STRICT, so the columns are of these types. */
type Row = [
  caller: number,
  protocol: Protocol,
  count: number,
  timed: number,
  errors: number,
  sumNs: number,
  minNs: number | null,
  maxNs: number | null,
  requestBytes: number,
  responseBytes: number,
  histogram: Uint8Array,
]

const columns =
  't.caller, $protocol, t.count, t.timed, t.errors, t.sumNs, t.minNs, t.maxNs, t.requestBytes, t.responseBytes, t.histogram'

/** @returns whoever cost the most time first */
export function readGroups(store: Store, selection: Selection, by: Grouping): GroupRow[] {
  const scope = scopeOf(selection)
  return store.database.transaction(() => {
    const { parameters } = totalsSource(store, scope)
    const names = namesOf(store, by)
    const groups = new Map<string, Group>()
    const rows = store.database
      .prepare(fromTotals(scope, columns, { hours: scope.everything ? 'hour_callers' : 'hour_totals' }))
      .raw()
      .iterate(parameters) as Iterable<Row>
    for (const row of rows) addTo(groups, names(row[0]), row)
    return [...groups.values()].sort((a, b) => b.totalNs - a.totalNs).map(settled)
  })()
}

function addTo(groups: Map<string, Group>, names: Names, row: Row): void {
  const [, protocol, count, timed, errors, sumNs, minNs, maxNs, requestBytes, responseBytes, histogram] = row
  const key = JSON.stringify([protocol, ...Object.values(names)])
  let group = groups.get(key)
  if (group === undefined) {
    const none = { calls: 0, errors: 0, totalNs: 0, requestBytes: 0, responseBytes: 0, timed: 0 }
    const unknown = { avgNs: null, p95Ns: null, minNs: null, maxNs: null }
    group = { ...names, protocol, ...none, ...unknown, histogram: new Histogram() }
    groups.set(key, group)
  }
  group.calls += count
  group.timed += timed
  group.errors += errors
  group.totalNs += sumNs
  group.requestBytes += requestBytes
  group.responseBytes += responseBytes
  if (minNs !== null) group.minNs = Math.min(group.minNs ?? minNs, minNs)
  if (maxNs !== null) group.maxNs = Math.max(group.maxNs ?? maxNs, maxNs)
  group.histogram.mergeEncoded(histogram)
}

function settled({ histogram, timed, minNs, ...group }: Group): GroupRow {
  return {
    ...group,
    avgNs: timed === 0 ? null : Math.round(group.totalNs / timed),
    p95Ns: spreadOf(histogram, minNs, group.maxNs).p95Ns,
  }
}

const callerRow = z.object({
  user: z.string().nullable(),
  database: z.string().nullable(),
  client: z.number(),
  server: z.number(),
})

/** @returns what a caller is named by; each caller is read once */
function namesOf(store: Store, by: Grouping): (caller: number) => Names {
  const known = new Map<number, Names>()
  const select = store.database.prepare('SELECT user, database, client, server FROM callers WHERE id = ?')
  return (caller) => {
    const found = known.get(caller)
    if (found !== undefined) return found
    const { user, database, client, server } = callerRow.parse(select.get(caller))
    const named: Names =
      by === 'user'
        ? { user }
        : by === 'database'
          ? { database }
          : {
              ...(by === 'server' ? {} : { client: endpointName(store, client) }),
              ...(by === 'client' ? {} : { server: endpointName(store, server) }),
            }
    known.set(caller, named)
    return named
  }
}
