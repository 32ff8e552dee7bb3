/** Which processor a process may run on. */
import { spawnSync } from 'node:child_process'

/** All threads of a process, and what it starts from now on, run on one processor. */
export function pin(pid: number, processor: number): void {
  const args = ['-a', '-p', '-c', String(processor), String(pid)]
  const { status, stderr } = spawnSync('taskset', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`taskset: ${stderr}`)
}
