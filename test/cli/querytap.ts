/** Runs the built program, for tests of its commands. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { main } from '../kernel/capture-process.ts'

export interface Run {
  code: number | null
  stdout: string
  stderr: string
}

/** The user's own store is left alone. */
const stateHome = mkdtempSync(join(tmpdir(), 'querytap-state-'))
process.once('exit', () => rmSync(stateHome, { recursive: true, force: true }))

export function querytap(...args: string[]): Run {
  const env = { ...process.env, XDG_STATE_HOME: stateHome }
  const options = { encoding: 'utf8', timeout: 60_000, env } as const
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], options)
  return { code: status, stdout, stderr }
}
