/** The kernel's own account of this process's BPF programs (`kernel.bpf_stats_enabled`): how often each ran, and how long. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { z } from 'zod'

/** Of this process, by id: others may capture at the same time. Its descriptors tell. */
export function runsOfPrograms(): Map<number, { runs: number; ns: number }> {
  const found = new Map<number, { runs: number; ns: number }>()
  for (const fd of readdirSync('/proc/self/fdinfo')) {
    let text = ''
    try {
      text = readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1')
    } catch {
      continue // the directory's own descriptor is gone by now
    }
    const number = (field: string) => Number(new RegExp(`^${field}:\\s*(\\d+)`, 'm').exec(text)?.[1] ?? 0)
    const id = number('prog_id')
    // a link names its program too
    if (text.includes('prog_type:')) found.set(id, { runs: number('run_cnt'), ns: number('run_time_ns') })
  }
  return found
}

export function namesOfPrograms(): Map<number, string> {
  const { stdout } = spawnSync('bpftool', ['-j', 'prog', 'show'], { encoding: 'utf8', maxBuffer: 1 << 24 })
  const programs = z.array(z.object({ id: z.number(), name: z.string().default('') })).parse(JSON.parse(stdout))
  return new Map(programs.map(({ id, name }) => [id, name]))
}
