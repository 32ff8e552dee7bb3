/** What a capture is limited to and nothing on this machine is now: a mistyped name would otherwise show as silence. */
import { Buffer } from 'node:buffer'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { commBytes } from '../bpf/filter.ts'
import type { CgroupSelection, CgroupSelectors } from '../kubernetes/cgroup-selection.ts'
import type { Selectors } from './selectors.ts'

const nowhere: CgroupSelectors = { cgroups: [], containers: [], pods: [] }
const placeKinds = [
  { option: 'cgroup', kind: 'cgroups' },
  { option: 'container', kind: 'containers' },
  { option: 'pod', kind: 'pods' },
] as const

/**
 * Ports and sockets are left out: of other network namespaces nothing is known here.
 * @param cgroups null: no places are selected
 * @returns a sentence for each
 */
export function unmatchedSelectors(
  { pids, comms, places }: Selectors,
  cgroups: CgroupSelection | null,
  procPath: string,
): string[] {
  const { include } = places
  const wanted = placeKinds.flatMap(({ option, kind }) =>
    include[kind].map((name) => ({ written: `--${option} '${name}'`, selection: { ...nowhere, [kind]: [name] } })),
  )
  const found = cgroups?.resolve(wanted.map(({ selection }) => selection)) ?? []
  const running = comms.include.length === 0 ? new Set<string>() : runningComms(procPath)
  const unmatched = [
    ...pids.include.filter((pid) => !existsSync(join(procPath, String(pid)))).map((pid) => `--pid ${pid}`),
    ...comms.include.filter((comm) => !running.has(asKept(comm))).map((comm) => `--comm '${comm}'`),
    ...wanted.filter((_, index) => found[index]?.length === 0).map(({ written }) => written),
  ]
  return unmatched.map((each) => `${each} matches nothing that runs now; what starts later is captured`)
}

function asKept(comm: string): string {
  return Buffer.from(comm).subarray(0, commBytes).toString('utf8')
}

/** Names of processes and of their threads. */
function runningComms(procPath: string): Set<string> {
  const comms = new Set<string>()
  for (const pid of entries(procPath)) {
    if (!/^\d+$/.test(pid)) continue
    const tasks = join(procPath, pid, 'task')
    for (const tid of entries(tasks)) comms.add(commOf(join(tasks, tid)))
  }
  return comms
}

function entries(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    // it has ended meanwhile
    return []
  }
}

function commOf(task: string): string {
  try {
    return readFileSync(join(task, 'comm'), 'utf8').trimEnd()
  } catch {
    // it has ended meanwhile
    return ''
  }
}
