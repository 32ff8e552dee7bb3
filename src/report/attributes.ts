/** The attributes table of a digest: what is known of each quantity over all calls. `-` where the store has no such figure. */
import type { DigestDetail } from './digest-detail.ts'
import { bytesText, durationText, meanText } from './figures.ts'
import { varianceText } from './profile-table.ts'

export interface Attribute {
  name: string
  /** Total, min, avg, max, 50 %, 95 %, 99 %, standard deviation, variance to mean. */
  cells: string[]
}

const unknown = '-'

export function attributesOf(detail: DigestDetail): Attribute[] {
  const { calls, rowsKnown } = detail
  const row = (
    name: string,
    total: number,
    of: number | null,
    [least, most]: [number | null, number | null],
    text: (value: number | null) => string,
  ): Attribute => ({
    name,
    cells: [
      text(total),
      text(least),
      text(of === null || of === 0 ? null : total / of),
      text(most),
      ...Array.from({ length: 5 }, () => unknown),
    ],
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
    row('Rows sent', detail.rowsReturned, rowsKnown, [detail.minRows, detail.maxRows], meanText),
    row(
      'Rows affected',
      detail.rowsAffected,
      detail.incomplete === 0 ? calls : null,
      [null, detail.maxAffected],
      meanText,
    ),
  ]
  return [
    time,
    ...(detail.protocol === 'mysql' ? rows : []),
    row('Sent', detail.requestBytes, calls, [null, detail.maxRequestBytes], bytesOf),
    row('Received', detail.responseBytes, calls, [null, detail.maxResponseBytes], bytesOf),
  ]
}

function bytesOf(value: number | null): string {
  return bytesText(value === null ? null : Math.round(value))
}
