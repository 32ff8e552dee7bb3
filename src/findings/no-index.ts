/** Statements of which the server itself says that they used no index: read from the totals, where they add up. */
import type { Total } from '../store/total.ts'
import type { FoundTotal } from './findings.ts'

export function noIndexFindings(totals: readonly Total[]): FoundTotal[] {
  const found: FoundTotal[] = []
  for (const { noIndexUsed, noIndexNs, noIndexWorst, digest, caller, verb, firstAt, lastAt } of totals) {
    if (noIndexWorst === null || (verb !== 'read' && verb !== 'write')) continue
    const worst = Math.round(Math.max(0, noIndexWorst.durationNs))
    const frame = { kind: 'no-index', digest, caller, cause: null, count: noIndexUsed, calls: noIndexUsed } as const
    found.push({ ...frame, costNs: noIndexNs, worst, firstAt, lastAt, example: noIndexWorst })
  }
  return found
}
