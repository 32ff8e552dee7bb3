/** The slow-SQL report as data: the whole, the profile in the order asked for, and lost data in numbers. Also the `--json` form. */
import { z } from 'zod'
import { instantNs, instantText } from '../records/instant.ts'
import type { Protocol } from '../store/identities.ts'
import type { Store } from '../store/store.ts'
import { type DigestDetail, readDetails } from './digest-detail.ts'
import { type DigestCost, readDigestCosts, readDigestSums } from './digest-sums.ts'
import { columnsOf, type Order, ranked } from './ranking.ts'
import { type Scope, scopeOf, type Selection } from './scope.ts'
import { readRunningNow, type RunningNow } from './running-now.ts'
import { ptIdOf } from './pt-id.ts'
import { summaryOf } from './summary.ts'
import { type TimeLine, timeLineOf } from './time-line.ts'
import { totalsSource } from './totals-source.ts'

export interface ReportOptions extends Selection {
  protocol: Protocol
  /** How many digests to rank. */
  limit: number
  orderBy?: Order | undefined
}

export interface ReportTotals {
  /** First start and last end of what was seen; null when nothing was. */
  since: string | null
  until: string | null
  rangeNs: number
  calls: number
  digests: number
  callsPerSecond: number
  totalNs: number
  /** Total time by elapsed time: how many ran at once on average. */
  concurrency: number
  errors: number
  unfinished: number
  incomplete: number
}

export interface Report extends ReportTotals {
  protocol: Protocol
  orderBy: Order
  /** What the capture lost, by cause. */
  lost: Record<string, number>
  /** Calls of the other protocols in the same range. */
  otherCalls: Record<string, number>
  /** Of every digest's `timeLine`. Null when nothing was seen. */
  timeLine: TimeLine | null
  profile: ProfileRow[]
  /** While a capture writes: what runs, the longest first. */
  running: RunningNow[]
}

export interface ProfileRow extends DigestDetail {
  rank: number
  /** Of the total time, 0 to 1. */
  share: number
  callsPerSecond: number
  /** `SELECT orders customers` */
  summary: string
  /** What pt-query-digest 3 calls it; null where no whole statement is stored. */
  ptId: string | null
}

/** How many steps a time line has at most: what a line of text has room for. */
const mostSteps = 60

export function readReport(store: Store, options: ReportOptions): Report {
  const { protocol, limit, orderBy = 'total' } = options
  const scope = scopeOf(options)
  // A reader sees one state of the store from here on, although a capture goes on writing.
  return store.database.transaction((): Report => {
    const source = totalsSource(store, scope)
    const all = readDigestCosts(store, scope, source, columnsOf[orderBy])
    const digests = all.filter((each) => each.protocol === protocol)
    const totals = totalsOf(digests)
    const timeLine = timeLineFor(digests, source.leastSeconds)
    const best = ranked(store, scope, source, digests, orderBy, limit).map(({ id }) => id)
    const sums = new Map(readDigestSums(store, scope, source, best).map((each) => [each.id, each]))
    const shown = best.map((id) => sums.get(id)).filter((each) => each !== undefined)
    return {
      protocol,
      orderBy,
      ...totals,
      lost: lostData(store, scope),
      otherCalls: otherCalls(all, protocol),
      timeLine,
      profile: timeLine === null ? [] : profileOf(readDetails(store, scope, source, shown, timeLine), totals),
      running: protocol === 'mysql' ? readRunningNow(store, options, instantNs(new Date())) : [],
    }
  })()
}

export function totalsOf(digests: readonly DigestCost[]): ReportTotals {
  const sum = (of: (each: DigestCost) => number): number => digests.reduce((total, each) => total + of(each), 0)
  const { firstAt, lastAt } = spanOf(digests) ?? { firstAt: null, lastAt: null }
  const rangeNs = firstAt === null ? 0 : Number(lastAt - firstAt)
  const calls = sum((each) => each.calls)
  const totalNs = sum((each) => each.totalNs)
  return {
    since: firstAt === null ? null : instantText(firstAt),
    until: lastAt === null ? null : instantText(lastAt),
    rangeNs,
    calls,
    digests: digests.length,
    callsPerSecond: rangeNs === 0 ? 0 : calls / (rangeNs / 1e9),
    totalNs,
    concurrency: rangeNs === 0 ? 0 : totalNs / rangeNs,
    errors: sum((each) => each.errors),
    unfinished: sum((each) => each.unfinished),
    incomplete: sum((each) => each.incomplete),
  }
}

function spanOf(digests: readonly DigestCost[]): { firstAt: bigint; lastAt: bigint } | null {
  const [first] = digests
  if (first === undefined) return null
  let { firstAt, lastAt } = first
  for (const each of digests) {
    if (each.firstAt < firstAt) firstAt = each.firstAt
    if (each.lastAt > lastAt) lastAt = each.lastAt
  }
  return { firstAt, lastAt }
}

export function timeLineFor(digests: readonly DigestCost[], leastSeconds: number, most = mostSteps): TimeLine | null {
  const span = spanOf(digests)
  return span === null ? null : timeLineOf(span.firstAt, span.lastAt, leastSeconds, most)
}

function profileOf(details: readonly DigestDetail[], totals: ReportTotals): ProfileRow[] {
  return details.map((detail, index) => ({
    rank: index + 1,
    share: detail.totalNs / Math.max(1, totals.totalNs),
    callsPerSecond: totals.rangeNs === 0 ? 0 : detail.calls / (totals.rangeNs / 1e9),
    summary: summaryOf(detail),
    ptId: detail.sample === null ? null : ptIdOf(detail.sample),
    ...detail,
  }))
}

const counts = z.array(z.tuple([z.string(), z.number()]))

function lostData(store: Store, scope: Scope): Record<string, number> {
  const rows = store.database
    .prepare(
      `SELECT l.cause, sum(l.count) FROM losses l JOIN runs r ON r.id = l.run WHERE ${scope.runs} GROUP BY l.cause ORDER BY l.cause`,
    )
    .raw()
    .all(scope.parameters)
  return Object.fromEntries(counts.parse(rows))
}

function otherCalls(all: readonly DigestCost[], protocol: Protocol): Record<string, number> {
  const calls: Record<string, number> = {}
  for (const each of all) {
    if (each.protocol !== protocol) calls[each.protocol] = (calls[each.protocol] ?? 0) + each.calls
  }
  return calls
}

/** @returns one JSON object, with its end of line */
export function reportJson(store: Store, options: ReportOptions): string {
  return `${JSON.stringify(readReport(store, options))}\n`
}
