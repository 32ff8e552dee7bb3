/** Who talks, how much and how slow: totals by client and server, the busiest first. */
import { z } from 'zod'
import { Histogram } from '../store/histogram.ts'
import type { Protocol } from '../store/identities.ts'
import type { Store } from '../store/store.ts'
import { endpointName } from './endpoint-name.ts'
import { scopeOf, type Selection } from './scope.ts'

export interface ClientRow {
  client: string | null
  server: string | null
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

const sumsRow = z.object({
  client: z.number(),
  server: z.number(),
  protocol: z.enum(['mysql', 'http']),
  calls: z.number(),
  timed: z.number(),
  errors: z.number(),
  totalNs: z.number(),
  maxNs: z.number().nullable(),
  requestBytes: z.number(),
  responseBytes: z.number(),
})

const histogramRow = z.object({
  client: z.number(),
  server: z.number(),
  protocol: z.string(),
  histogram: z.instanceof(Uint8Array),
})

const joins = 'FROM totals t JOIN digests d ON d.id = t.digest JOIN callers c ON c.id = t.caller'

export function readClients(store: Store, selection: Selection): ClientRow[] {
  const scope = scopeOf(selection)
  const { parameters } = scope
  return store.database.transaction(() => {
    const rows = z.array(sumsRow).parse(
      store.database
        .prepare(
          `SELECT c.client, c.server, d.protocol, sum(count) AS calls, sum(timed) AS timed, sum(errors) AS errors,
             sum(sumNs) AS totalNs, max(maxNs) AS maxNs, sum(requestBytes) AS requestBytes, sum(responseBytes) AS responseBytes
           ${joins} WHERE ${scope.totals} GROUP BY c.client, c.server, d.protocol ORDER BY totalNs DESC`,
        )
        .all(parameters),
    )
    const histograms = new Map<string, Histogram>()
    const blobs = store.database.prepare(
      `SELECT c.client, c.server, d.protocol, histogram ${joins} WHERE ${scope.totals}`,
    )
    for (const raw of blobs.iterate(parameters)) {
      const row = histogramRow.parse(raw)
      const histogram = histograms.get(keyOf(row)) ?? new Histogram()
      histogram.mergeEncoded(row.histogram)
      histograms.set(keyOf(row), histogram)
    }
    return rows.map(({ client, server, timed, ...row }) => {
      const p95 = histograms.get(keyOf({ client, server, protocol: row.protocol }))?.quantile(0.95) ?? null
      return {
        ...row,
        client: endpointName(store, client),
        server: endpointName(store, server),
        avgNs: timed === 0 ? null : Math.round(row.totalNs / timed),
        p95Ns: p95 === null ? null : Math.round(Math.min(p95, row.maxNs ?? p95)),
      }
    })
  })()
}

function keyOf({ client, server, protocol }: { client: number; server: number; protocol: string }): string {
  return `${client} ${server} ${protocol}`
}
