/** The application of the live sessions (client.ts), spoken to by lines. */
import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Tally } from './client.ts'

export const client = fileURLToPath(new URL('client.js', import.meta.url))

export interface Application {
  /** Waits until it has its first connection. */
  connected(): Promise<void>
  /** Has it do its work. @returns what it did */
  work(): Promise<Tally>
  /** Has it begin anew, with its first connection. */
  again(): void
}

/** @param child of client.js, with pipes */
export function applicationOf(child: ChildProcess): Application {
  const { stdin, stdout, stderr } = child
  if (stdin === null || stdout === null || stderr === null) throw new Error('the client has no pipes')
  stderr.pipe(process.stderr)
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]()
  const nextLine = async () => {
    const { done, value } = await lines.next()
    if (done === true) throw new Error(`the client ended with ${child.exitCode}`)
    return value
  }
  const say = (line: string) => void stdin.write(`${line}\n`)
  return {
    connected: async () => void (await nextLine()),
    work: async () => {
      say('go')
      return JSON.parse(await nextLine()) as Tally // printed by client.ts
    },
    again: () => say('again'),
  }
}
