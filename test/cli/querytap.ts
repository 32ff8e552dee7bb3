/** Runs the built program, for tests of its commands. */
import { spawnSync } from 'node:child_process'
import { main } from '../kernel/capture-process.ts'

export interface Run {
  code: number | null
  stdout: string
  stderr: string
}

export function querytap(...args: string[]): Run {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', timeout: 60_000 })
  return { code: status, stdout, stderr }
}
