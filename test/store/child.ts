/** Child processes of tests, from the build: a loader for TypeScript would cost more than what they do. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** Starts a writer and waits until its first batch is in the store. */
export async function startWriter(path: string): Promise<ChildProcess> {
  const script = fileURLToPath(new URL('../../dist/test/store/child-writer.js', import.meta.url))
  const child = spawn(process.execPath, [script, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit').then(() => {
    throw new Error('the writer ended before its first batch')
  })
  if (child.stdout !== null) await Promise.race([once(child.stdout, 'data'), exited])
  exited.catch(() => undefined)
  return child
}

export async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}
