/**
 * Whether the kernel preempts its own code. Then a program that may be interrupted misses the calls of every thread that runs on
 * its processor until it goes on: the modes that may not come first.
 */
import { readFileSync } from 'node:fs'
import { release, version } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

export interface Preemption {
  preempts: boolean
  /** How that is known. */
  because: string
}

/** What a kernel built with CONFIG_PREEMPT_DYNAMIC does is told by debugfs, else by what it was told at boot, else by how it was built. */
const dynamicPath = 'sys/kernel/debug/sched/preempt'
const commandLinePath = 'proc/cmdline'
const configPaths = [`boot/config-${release()}`, 'proc/config.gz']

const unpreempted: ReadonlySet<string> = new Set(['none', 'voluntary'])

/** @param build what `uname -v` says, where a kernel that can be preempted names it */
export function kernelPreemption(build = version(), root = '/'): Preemption {
  const [built] = /\bPREEMPT\w*/.exec(build) ?? []
  if (built === undefined) return { preempts: false, because: 'it is built not to preempt itself' }
  if (built !== 'PREEMPT_DYNAMIC') return { preempts: true, because: `it is built with ${built}` }
  const found =
    foundIn(root, dynamicPath, /\((\w+)\)/) ??
    foundIn(root, commandLinePath, /(?:^|\s)preempt=(\w+)/) ??
    configPaths
      .map((path) => foundIn(root, path, /^CONFIG_PREEMPT(?:_(NONE|VOLUNTARY|LAZY))?=y$/m))
      .find((each) => each !== undefined)
  if (found === undefined) return { preempts: true, because: `/${dynamicPath}, which says so, cannot be read` }
  return { preempts: !unpreempted.has(found.mode), because: `/${found.path} says ${found.mode}` }
}

function foundIn(root: string, path: string, pattern: RegExp): { path: string; mode: string } | undefined {
  const match = pattern.exec(contentOf(join(root, path)))
  return match === null ? undefined : { path, mode: (match[1] ?? 'full').toLowerCase() }
}

/** Nothing where it is not there, or not for us. */
function contentOf(path: string): string {
  try {
    const bytes = readFileSync(path)
    return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1')
  } catch {
    return ''
  }
}
