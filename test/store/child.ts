/** Child processes of tests, from the build: a loader for TypeScript would cost more than what they do. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** Starts a writer and waits until its first batch is in the store. `told` is how many it said are. */
export async function startWriter(path: string): Promise<{ child: ChildProcess; told: () => number }> {
  const script = fileURLToPath(new URL('../../dist/test/store/child-writer.js', import.meta.url))
  const child = spawn(process.execPath, [script, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  let told = 0
  child.stdout.on('data', (dots: Buffer) => (told += dots.length))
  const ended = once(child, 'close').then(() => {
    throw new Error('the writer ended before its first batch')
  })
  await Promise.race([once(child.stdout, 'data'), ended])
  ended.catch(() => undefined)
  return { child, told: () => told }
}

export async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  // what it said before is read by then
  await once(child, 'close')
}
