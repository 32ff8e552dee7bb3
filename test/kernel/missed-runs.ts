/** A kernel that preempts its own code may leave a probe out of a call, and counts it: then records may lack, and none be wrong. */
import type { Check } from './record-checks.ts'

/** One call may hold the end of an exchange and the beginning of the next. */
export const mostLackingOfMissed = 2

export interface MissedRuns {
  missed: number
  /** A check of what a missed run may break. */
  unlessMissed: Check
}

/** @param said by the capture when it ended */
export function missedRuns(check: Check, said: string): MissedRuns {
  const missed = Number(/lost: \d.*?(\d+) times that a probe did not run/.exec(said)?.[1] ?? 0)
  const unlessMissed: Check = (name, ok, detail) =>
    check(
      ok || missed === 0 ? name : `${name}, but for ${missed} runs of probes that were missed`,
      ok || missed > 0,
      detail,
    )
  return { missed, unlessMissed }
}
