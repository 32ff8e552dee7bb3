/** A kernel that preempts its own code may leave a probe out of a call, and counts it: then records may lack, and none be wrong. */
import type { Check } from './record-checks.ts'

/** One call may hold the end of an exchange and the beginning of the next. */
export const mostLackingOfMissed = 2

export interface MissedRuns {
  missed: number
  /** A check of what a missed run may break. */
  unlessMissed: Check
}

/**
 * Tells on stderr what was lost, and checks that it was nothing.
 * @param name of the capture
 * @param said by it when it ended
 */
export function missedRuns(check: Check, name: string, said: string): MissedRuns {
  process.stderr.write(`${name}: ${/^querytap: (lost: .*)$/m.exec(said)?.[1] ?? said}\n`)
  const missed = Number(/lost: \d.*?(\d+) times that a probe did not run/.exec(said)?.[1] ?? 0)
  const unlessMissed: Check = (name, ok, detail) =>
    check(
      ok || missed === 0 ? name : `${name}, but for ${missed} runs of probes that were missed`,
      ok || missed > 0,
      detail,
    )
  unlessMissed('nothing is lost, and that is said', /lost: 0/.test(said), said)
  return { missed, unlessMissed }
}
