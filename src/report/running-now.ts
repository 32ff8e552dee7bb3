/** What runs while a capture writes to the store, as it saw it last: the longest first. */
import { z } from 'zod'
import { instantText } from '../records/instant.ts'
import type { Store } from '../store/store.ts'
import { nameOf } from './endpoint-name.ts'
import { countText, cut, durationText, oneLine } from './figures.ts'
import { type Page, painted } from './page.ts'
import { scopeOf, type Selection } from './scope.ts'
import { type Column, tableText } from './table.ts'

export interface RunningNow {
  startedAt: string
  /** When it was seen last. */
  ageNs: number
  user: string | null
  database: string | null
  client: string | null
  clientPort: number | null
  server: string | null
  /** The server's number for the connection, which KILL takes. */
  connectionId: number | null
  digest: string
  statement: string
}

/** A capture looks every second: what was seen longer ago was left by one that was killed. */
const freshNs = 10_000_000_000n

const row = z.object({
  startedAt: z.bigint(),
  seenAt: z.bigint(),
  user: z.string().nullable(),
  database: z.string().nullable(),
  connectionId: z.coerce.number().nullable(),
  clientPort: z.coerce.number().nullable(),
  clientAddress: z.string().nullable(),
  clientComm: z.string().nullable(),
  clientContainer: z.string().nullable(),
  clientPod: z.string().nullable(),
  clientNamespace: z.string().nullable(),
  serverAddress: z.string().nullable(),
  serverPort: z.coerce.number().nullable(),
  serverComm: z.string().nullable(),
  serverContainer: z.string().nullable(),
  serverPod: z.string().nullable(),
  serverNamespace: z.string().nullable(),
  digestId: z.string(),
  statement: z.string(),
})

/** Whenever it began: a range says of what is over when it was. */
export function readRunningNow(store: Store, selection: Selection, nowNs: bigint): RunningNow[] {
  const { exchanges, parameters } = scopeOf({ ...selection, since: undefined, until: undefined })
  const rows = store.database
    .prepare(
      `SELECT * FROM (
         SELECT r.run, r.startedAt, r.seenAt, '' AS kept, r.user, r.database, r.connectionId, r.clientPort,
           k.address AS clientAddress, k.comm AS clientComm, k.container AS clientContainer, k.pod AS clientPod,
           k.namespace AS clientNamespace, s.address AS serverAddress, s.port AS serverPort, s.comm AS serverComm,
           s.container AS serverContainer, s.pod AS serverPod, s.namespace AS serverNamespace, d.digest AS digestId,
           coalesce(r.statement, r.command) AS statement
         FROM running r JOIN digests d ON d.id = r.digest
         JOIN endpoints k ON k.id = r.client JOIN endpoints s ON s.id = r.server
       ) e WHERE e.seenAt > @freshNs AND ${exchanges} ORDER BY e.startedAt`,
    )
    .safeIntegers()
    .all({ ...parameters, freshNs: nowNs - freshNs })
  return z.array(row).parse(rows).map(runningOf)
}

function runningOf(each: z.output<typeof row>): RunningNow {
  const { startedAt, seenAt, user, database, connectionId, clientPort, digestId, statement } = each
  const client = nameOf({
    address: each.clientAddress,
    port: null,
    comm: each.clientComm,
    container: each.clientContainer,
    pod: each.clientPod,
    namespace: each.clientNamespace,
  })
  const server = nameOf({
    address: each.serverAddress,
    port: each.serverPort,
    comm: each.serverComm,
    container: each.serverContainer,
    pod: each.serverPod,
    namespace: each.serverNamespace,
  })
  const frame = { startedAt: instantText(startedAt), ageNs: Number(seenAt - startedAt) }
  return { ...frame, user, database, client, clientPort, server, connectionId, digest: digestId, statement }
}

const columns: readonly Column[] = [
  { head: 'For', align: 'right' },
  { head: 'Connection', align: 'right', drop: 2 },
  { head: 'User', align: 'left', drop: 1 },
  { head: 'Client', align: 'left' },
  { head: 'Digest', align: 'left', drop: 3 },
  { head: 'Statement', align: 'left' },
]

/** Lines of the report's section, without comment signs; none where nothing runs. */
export function runningLines(running: readonly RunningNow[], page: Page, limit = 10): string[] {
  if (running.length === 0) return []
  const title = `Running now: ${countText(running.length)}, the longest first`
  const rows = running
    .slice(0, limit)
    .map(({ ageNs, connectionId, user, database, client, digest, statement }) => [
      durationText(ageNs),
      connectionId === null ? '-' : String(connectionId),
      cut(oneLine(`${user ?? '-'}@${database ?? '-'}`), 30),
      cut(oneLine(client ?? '-'), 40),
      digest,
      oneLine(statement).replace(/\s+/g, ' ').trim(),
    ])
  const more = running.length > limit ? [`and ${countText(running.length - limit)} more`] : []
  return [painted('bold', title, page), ...tableText(columns, rows, page).trimEnd().split('\n'), ...more]
}
