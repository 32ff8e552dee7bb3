/**
 * The frame of a session: a program, so that the same runs here and in a virtual machine. It prints one JSON check a line, and
 * exits with 0 when all hold.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What the session has begun, undone when it is over, the last first. */
export const cleanups: (() => Promise<void> | void)[] = []

const words = process.argv.slice(2)
const onlyRecords = 'records'

/** The attach modes, a capture of each, one after the other. */
export const modes = words.filter((word) => word !== onlyRecords)
/** Else what looks at the store by further commands is left out, which a slow machine has no time for and no kernel changes. */
export const withCommands = !words.includes(onlyRecords)

let failed = 0

export function check(name: string, ok: boolean, detail: unknown = null): void {
  if (!ok) failed++
  process.stdout.write(`${JSON.stringify({ name, ok, detail: ok ? null : detail })}\n`)
}

/** One that goes with the session. */
export function sessionDirectory(name: string): string {
  const directory = mkdtempSync(join(tmpdir(), `querytap-${name}-`))
  cleanups.push(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

export async function runSession(session: () => Promise<void>): Promise<void> {
  try {
    await session()
  } catch (error) {
    check('the session runs', false, error instanceof Error ? error.stack : String(error))
  } finally {
    for (const cleanup of cleanups.reverse()) await cleanup()
  }
  setExitCode()
}

export function setExitCode(): void {
  process.exitCode = failed === 0 ? 0 : 1
}
