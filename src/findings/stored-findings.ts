/** Findings out of the store: by kind and digest, the dearest first. */
import { z } from 'zod'
import { instantText } from '../records/instant.ts'
import { nameOf } from '../report/endpoint-name.ts'
import { scopeOf, type Selection } from '../report/scope.ts'
import type { Store } from '../store/store.ts'
import { advice, type FindingKind, findingKinds } from './finding-kind.ts'

export interface FindingFilter extends Selection {
  /** Any of these; none: all. */
  kind?: readonly FindingKind[] | undefined
}

export interface Finding {
  kind: FindingKind
  title: string
  digest: string
  digestText: string
  /** How often, and with how many statements. */
  count: number
  calls: number
  /** Time of these statements; of transactions, how long they were held. */
  costNs: number
  /** The most calls at once, of loops. */
  mostCalls: number | null
  /** The longest, of the others. */
  longestNs: number | null
  /** Of N+1: whose rows were followed up one by one. */
  cause: { digest: string; digestText: string } | null
  firstAt: string
  lastAt: string
  clients: { name: string | null; count: number }[]
  /** Of the worst: an exchange's number in the store. */
  example: number | null
  why: string
  try: string
}

const row = z.object({
  kind: z.enum(findingKinds),
  digest: z.string(),
  digestText: z.string(),
  count: z.number(),
  calls: z.number(),
  costNs: z.number(),
  worst: z.number(),
  causeDigest: z.string().nullable(),
  causeText: z.string().nullable(),
  firstAt: z.string().transform(BigInt),
  lastAt: z.string().transform(BigInt),
  example: z.number().nullable(),
  address: z.string().nullable(),
  comm: z.string().nullable(),
  container: z.string().nullable(),
  pod: z.string().nullable(),
  namespace: z.string().nullable(),
})

type Row = z.output<typeof row>

export function readFindings(store: Store, filter: FindingFilter): Finding[] {
  const scope = scopeOf(filter)
  const kinds = filter.kind === undefined || filter.kind.length === 0 ? findingKinds : filter.kind
  const rows = store.database
    .prepare(
      `SELECT t.kind, d.digest, d.digestText, t.count, t.calls, t.costNs, t.worst, p.digest AS causeDigest,
         p.digestText AS causeText, CAST(t.firstAt AS TEXT) AS firstAt, CAST(t.lastAt AS TEXT) AS lastAt, t.example,
         k.address, k.comm, k.container, k.pod, k.namespace
       FROM finding_totals t JOIN digests d ON d.id = t.digest JOIN callers c ON c.id = t.caller
       JOIN endpoints k ON k.id = c.client LEFT JOIN digests p ON p.id = t.cause
       WHERE t.firstAt < @untilNs AND t.lastAt >= @sinceNs AND t.kind IN (SELECT value FROM json_each(@kinds))
         AND ${scope.totals} ORDER BY t.worst`,
    )
    .all({ ...scope.parameters, kinds: JSON.stringify(kinds) })
  const groups = new Map<string, Row[]>()
  for (const each of z.array(row).parse(rows)) {
    const key = `${each.kind} ${each.digest}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [each])
    else group.push(each)
  }
  return [...groups.values()].flatMap(findingOf).sort((one, other) => other.costNs - one.costNs)
}

/** @param rows of one kind and digest, the worst last */
function findingOf(rows: readonly Row[]): Finding[] {
  const worst = rows.at(-1)
  if (worst === undefined) return []
  const { kind, digest, digestText, causeDigest, causeText } = worst
  const sum = (of: (each: Row) => number): number => rows.reduce((total, each) => total + of(each), 0)
  const instants = rows.flatMap(({ firstAt, lastAt }) => [firstAt, lastAt]).sort((a, b) => (a < b ? -1 : 1))
  const loop = kind === 'n-plus-one' || kind === 'repetition'
  return [
    {
      kind,
      title: advice[kind].title,
      digest,
      digestText,
      count: sum(({ count }) => count),
      calls: sum(({ calls }) => calls),
      costNs: sum(({ costNs }) => costNs),
      mostCalls: loop ? worst.worst : null,
      longestNs: loop ? null : worst.worst,
      cause: causeDigest === null || causeText === null ? null : { digest: causeDigest, digestText: causeText },
      firstAt: instantText(instants[0] ?? 0n),
      lastAt: instantText(instants.at(-1) ?? 0n),
      clients: clientsOf(rows),
      example: rows.findLast(({ example }) => example !== null)?.example ?? null,
      why: advice[kind].why,
      try: advice[kind].try,
    },
  ]
}

function clientsOf(rows: readonly Row[]): Finding['clients'] {
  const counts = new Map<string | null, number>()
  for (const each of rows)
    counts.set(nameOf({ ...each, port: null }), (counts.get(nameOf({ ...each, port: null })) ?? 0) + each.count)
  return [...counts].map(([name, count]) => ({ name, count })).sort((one, other) => other.count - one.count)
}
