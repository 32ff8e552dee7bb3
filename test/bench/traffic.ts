/** The traffic of mysql-traffic.ts as a bench drives it. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { pin } from './pin.ts'

const program = fileURLToPath(
  new URL(
    import.meta.url.endsWith('.ts') ? '../../dist/test/bench/mysql-traffic.js' : './mysql-traffic.js',
    import.meta.url,
  ),
)

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

/** The clients to the first processor, their server to the second. */
export function pinApart({ pid }: Traffic): void {
  const clients = Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
  pin(clients, 0)
  pin(pid, 1)
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
