/** The attributes table of a digest: what is known of each quantity over all calls. `-` where the store has no such figure. */
import type { DigestDetail } from './digest-detail.ts'
import { bytesText, countText, durationText, meanText } from './figures.ts'
import { varianceText } from './profile-table.ts'

export interface Attribute {
  name: string
  /** Total, min, avg, max, 50 %, 95 %, 99 %, standard deviation, variance to mean. */
  cells: string[]
}

const unknown = '-'

export function attributesOf(detail: DigestDetail): Attribute[] {
  const { calls } = detail
  const row = (name: string, total: number, text: (value: number | null) => string): Attribute => ({
    name,
    cells: [text(total), unknown, text(total / calls), ...Array.from({ length: 6 }, () => unknown)],
  })
  const time: Attribute = {
    name: 'Time',
    cells: [
      ...[detail.totalNs, detail.minNs, detail.avgNs, detail.maxNs, detail.p50Ns, detail.p95Ns, detail.p99Ns].map(
        durationText,
      ),
      durationText(detail.deviationNs),
      varianceText(detail.varianceToMean),
    ],
  }
  const rows = [
    row('Rows sent', detail.rowsReturned, meanOrCount),
    row('Rows affected', detail.rowsAffected, meanOrCount),
  ]
  return [
    time,
    ...(detail.protocol === 'mysql' ? rows : []),
    row('Sent', detail.requestBytes, bytesOf),
    row('Received', detail.responseBytes, bytesOf),
  ]
}

function meanOrCount(value: number | null): string {
  return value !== null && Number.isInteger(value) ? countText(value) : meanText(value)
}

function bytesOf(value: number | null): string {
  return bytesText(value === null ? null : Math.round(value))
}
