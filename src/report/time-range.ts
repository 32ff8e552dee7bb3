/** Which minutes of the store a question is about. Totals know minutes, so a range begins and ends with whole ones. */
import { instantNs } from '../records/instant.ts'

export interface TimeRange {
  since?: Date | undefined
  until?: Date | undefined
  /** Only what this run captured. */
  run?: number | undefined
}

const msPerMinute = 60_000
const always = { since: 0, until: 2 ** 40 }

/** Parameters of {@link inRange} and {@link startedInRange}. */
export interface RangeParameters {
  sinceMinute: number
  untilMinute: number
  sinceNs: bigint
  untilNs: bigint
  run: number | null
}

export function rangeParameters({ since, until, run }: TimeRange): RangeParameters {
  return {
    sinceMinute: since === undefined ? always.since : Math.floor(since.getTime() / msPerMinute),
    untilMinute: until === undefined ? always.until : Math.ceil(until.getTime() / msPerMinute),
    sinceNs: since === undefined ? 0n : instantNs(since),
    untilNs: until === undefined ? 2n ** 62n : instantNs(until),
    run: run ?? null,
  }
}

/** Condition on a row `t` of `totals`. */
export const inRange = 't.minute >= @sinceMinute AND t.minute < @untilMinute AND (@run IS NULL OR t.run = @run)'

/** Condition on a row `e` of `exchange_records`. */
export const startedInRange = 'e.startedAt >= @sinceNs AND e.startedAt < @untilNs AND (@run IS NULL OR e.run = @run)'

/** Condition on a row `r` of `runs`: it overlaps the range. */
export const runInRange =
  '(@run IS NULL OR r.id = @run) AND r.startedAt < @untilNs AND (r.endedAt IS NULL OR r.endedAt >= @sinceNs)'
