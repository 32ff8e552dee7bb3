/** The traffic of mysql-traffic.ts as a bench drives it. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('./mysql-traffic.js', import.meta.url))

export interface Moved {
  statements: number
  bytes: number
}

export interface Traffic {
  /** Of the server. */
  port: number
  pid: number
  tell(command: string): Promise<Moved>
  stop(): void
}

export async function startTraffic(...args: string[]): Promise<Traffic> {
  const load = spawn(process.execPath, [program, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: load.stdout })[Symbol.asyncIterator]()
  const next = async () => JSON.parse(String((await lines.next()).value)) as Moved & { port: number; pid: number } // its own output
  const { port, pid } = await next()
  return {
    port,
    pid,
    tell: async (command) => {
      load.stdin.write(`${command}\n`)
      return await next()
    },
    stop: () => {
      load.stdin.end()
      load.kill()
    },
  }
}
