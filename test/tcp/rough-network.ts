/** Two network namespaces with a bad wire between them: a client's and a server's, forwarded by rough-wire.py from a third. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const wire = fileURLToPath(new URL('rough-wire.py', import.meta.url))

export interface RoughNetwork {
  /** `ip`'s arguments in front of a command that runs there. */
  client: string[]
  server: string[]
  serverAddress: string
  /** @returns what the wire did: frames forwarded, lost, twice, late */
  stop(): Promise<string>
}

function run(command: string, ...args: string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}${String(error ?? '')}`)
}

export async function startRoughNetwork(seed: number): Promise<RoughNetwork> {
  const [client, middle, server] = ['client', 'wire', 'server'].map((end) => `querytap-${end}-${process.pid}`)
  if (client === undefined || middle === undefined || server === undefined) throw new Error('no names')
  const spaces = [client, middle, server]
  const remove = () => {
    for (const space of spaces) spawnSync('ip', ['netns', 'del', space])
  }
  const inside = (space: string) => ['netns', 'exec', space]
  try {
    for (const space of spaces) run('ip', 'netns', 'add', space)
    for (const [space, near, far, address] of [
      [client, 'c1', 'c0', '10.77.0.1/24'],
      [server, 's1', 's0', '10.77.0.2/24'],
    ] as const) {
      run('ip', 'link', 'add', near, 'netns', space, 'type', 'veth', 'peer', 'name', far, 'netns', middle)
      run('ip', '-n', space, 'addr', 'add', address, 'dev', near)
      run('ip', '-n', space, 'link', 'set', near, 'up')
      run('ip', '-n', middle, 'link', 'set', far, 'up')
      run('ip', 'netns', 'exec', space, 'python3', wire, 'plain', near)
    }
    const child = spawn('ip', [...inside(middle), 'python3', wire, 'c0', 's0', String(seed)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
    await once(child.stdout, 'data')
    return {
      client: inside(client),
      server: inside(server),
      serverAddress: '10.77.0.2',
      stop: async () => {
        child.stdin.end()
        if (child.exitCode === null) await once(child, 'exit')
        remove()
        return said.replace('ready\n', '').trim()
      },
    }
  } catch (error) {
    remove()
    throw error
  }
}
