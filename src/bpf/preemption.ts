/**
 * Whether the kernel preempts its own code. Then a program that may be interrupted misses the calls of every thread that runs on
 * its processor until it goes on: the modes that may not come first.
 */
import { readFileSync } from 'node:fs'
import { version } from 'node:os'

export interface Preemption {
  preempts: boolean
  /** How that is known. */
  because: string
}

/** Where a kernel built with CONFIG_PREEMPT_DYNAMIC says what it was told at boot: `none (voluntary) full`, or lazy. */
const dynamicPath = '/sys/kernel/debug/sched/preempt'

/** @param build what `uname -v` says, where a kernel that can be preempted names it */
export function kernelPreemption(build = version(), path = dynamicPath): Preemption {
  const [built] = /\bPREEMPT\w*/.exec(build) ?? []
  if (built === undefined) return { preempts: false, because: 'it is built not to preempt itself' }
  if (built !== 'PREEMPT_DYNAMIC') return { preempts: true, because: `it is built with ${built}` }
  const [, chosen] = /\((\w+)\)/.exec(contentOf(path)) ?? []
  if (chosen === undefined) return { preempts: true, because: `${path}, which says so, cannot be read` }
  return { preempts: chosen !== 'none' && chosen !== 'voluntary', because: `${path} says ${chosen}` }
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return '' // debugfs is not mounted, or not for us
  }
}
