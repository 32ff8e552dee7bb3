/** The ports of the tests' own servers: one that nobody has, and whether all of its connections are over. */
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const overLimitMs = 60_000
/** Below `net.ipv4.ip_local_port_range`: no client of another test is given it between the look and the server's start. */
const lowest = 20_000
const highest = 32_000
/** include/net/tcp_states.h; nothing moves in them any more, or nothing has yet. */
const states = { TCP_TIME_WAIT: 6, TCP_CLOSE: 7, TCP_LISTEN: 10 } as const

export async function freePort(): Promise<number> {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest))
    const server = createServer()
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => resolve(true))
    })
    if (!free) continue
    await new Promise((resolve) => server.close(resolve))
    return port
  }
}

/** How many sockets of this machine's network namespace still have this port as their own, proc(5) `/proc/net/tcp`. */
function socketsAt(port: number): number {
  const quiet: readonly number[] = Object.values(states)
  return ['/proc/net/tcp', '/proc/net/tcp6']
    .filter((path) => existsSync(path))
    .flatMap((path) => readFileSync(path, 'utf8').split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(
      ([, local = '', , state = '']) => parseInt(local.slice(-4), 16) === port && !quiet.includes(parseInt(state, 16)),
    ).length
}

/** A client is gone before its server has read the end and closed its side. Throws when it never does. */
export async function connectionsOver(port: number): Promise<void> {
  for (const since = Date.now(); socketsAt(port) > 0; await sleep(20)) {
    if (Date.now() - since > overLimitMs) throw new Error(`${socketsAt(port)} connections to port ${port} go on`)
  }
}
