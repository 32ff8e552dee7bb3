/** What totals measure, and how two measurements of the same thing become one: in SQL, for every table of totals. */
import type { Database } from 'better-sqlite3'
import { mergedEncodings } from './histogram.ts'

/** Added up. Null where either is not known. */
const added =
  'count timed errors unfinished incomplete sumNs sumNs2 rowsKnown rowsReturned rowsAffected noIndexUsed requestBytes responseBytes'.split(
    ' ',
  )
/** The least and the greatest of those known. */
const least = 'minNs minRows firstAt'.split(' ')
const greatest = 'maxNs maxRows maxAffected maxRequestBytes maxResponseBytes lastAt'.split(' ')

export const measures: readonly string[] = [...added, ...least, ...greatest, 'histogram']

/** For `ON CONFLICT … DO UPDATE SET`. */
export const mergedMeasures = [
  ...added.map((name) => `${name} = ${name} + excluded.${name}`),
  // SQLite's min() and max() of two values are null when one is: an unknown value must not hide a known one
  ...least.map((name) => `${name} = coalesce(min(${name}, excluded.${name}), ${name}, excluded.${name})`),
  ...greatest.map((name) => `${name} = coalesce(max(${name}, excluded.${name}), ${name}, excluded.${name})`),
  'histogram = merged_histogram(histogram, excluded.histogram)',
].join(', ')

/** What {@link mergedMeasures} calls. */
export function teachMerging(database: Database): void {
  database.function('merged_histogram', { deterministic: true }, (left: unknown, right: unknown) => {
    if (!(left instanceof Uint8Array) || !(right instanceof Uint8Array))
      throw new TypeError('merge histograms: not bytes')
    return mergedEncodings(left, right)
  })
}
