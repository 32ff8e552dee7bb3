/** The priority of a capture among what else wants the processor. */
import { readdirSync } from 'node:fs'
import { setPriority } from 'node:os'

/**
 * Linux keeps it for each thread (setpriority(2), "C library/kernel differences"): Node's call alone leaves the engine's own threads as
 * they were. On a busy machine these then take seconds to compile what the main thread waits for, and the ring overflows meanwhile.
 * @param nice −20, the first served, to 19. Throws what the system says where it is refused
 */
export function prioritise(nice: number): void {
  for (const thread of readdirSync('/proc/self/task')) {
    try {
      setPriority(Number(thread), nice)
    } catch (error) {
      if (!hasEnded(error)) throw error
    }
  }
}

function hasEnded(error: unknown): boolean {
  return error instanceof Error && error.message.includes('ESRCH')
}
