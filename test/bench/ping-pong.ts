/** ping-pong.c as a bench drives it: calls on one connection, or on no socket at all, in turns of a fixed time. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const source = fileURLToPath(new URL('../../../test/bench/ping-pong.c', import.meta.url))

export interface PingPong {
  port: number
  /** Abstract name of its unix-domain socket. */
  socket: string
  /** @returns round trips a second */
  roundTrips(milliseconds: number): Promise<number>
  /** The same over the unix-domain socket. */
  unixRoundTrips(milliseconds: number): Promise<number>
  /** A read and a write a time, of files that are no sockets. */
  files(milliseconds: number): Promise<number>
  stop(): Promise<void>
}

/** @param directory for the program */
export async function startPingPong(directory: string): Promise<PingPong> {
  const program = join(directory, 'ping-pong')
  const { status, stderr } = spawnSync('gcc', ['-O2', '-o', program, source, '-lpthread'], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`gcc ${source}: ${stderr}`)
  // both of its threads on one processor: whether they share one is chance, and makes half the difference or twice
  const child = spawn('taskset', ['-c', '0', program], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async () => String((await lines.next()).value)
  const turn = async (what: string) => {
    child.stdin.write(`${what}\n`)
    const [times = 0, nanoseconds = 0] = (await next()).split(' ').map(Number)
    return (times / nanoseconds) * 1e9
  }
  const [port = '', socket = ''] = (await next()).split(' ')
  return {
    port: Number(port),
    socket,
    roundTrips: async (milliseconds) => await turn(`${milliseconds} 0`),
    unixRoundTrips: async (milliseconds) => await turn(`${milliseconds} 2`),
    files: async (milliseconds) => await turn(`${milliseconds} 1`),
    async stop() {
      child.stdin.end()
      if (child.exitCode === null) await once(child, 'exit')
    },
  }
}
