/**
 * A node's network as Kubernetes and Docker make it, in network namespaces of its own: a client, a server, and a router
 * between them that puts the server in the place of a service's address. Needs root.
 */
import { spawnSync } from 'node:child_process'

/** Dialled by clients; nobody has them. The second also hides the client behind the router's address. */
export const services = { translated: '10.96.0.1', masqueraded: '10.96.0.2' } as const
export const servicePort = 3306
export const addresses = { client: '10.1.0.2', server: '10.2.0.2', router: '10.2.0.1' } as const

export interface TranslatedNetwork {
  /** What runs a command in the client's, or in the server's namespace. */
  inside(end: 'client' | 'server', argv: string[]): string[]
  remove(): void
}

function run(command: string, args: string[], input?: string): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8', input, env: withSbin() })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr}`)
}

const withSbin = (): NodeJS.ProcessEnv => ({ ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` })

/** @param name of this network: several may have the same addresses @param serverPort where the server listens */
export function translatedNetwork(name: string, serverPort: number): TranslatedNetwork {
  const namespace = (part: string) => `qt-${process.pid}-${name}-${part}`
  const router = namespace('router')
  const made: string[] = []
  const remove = () => {
    for (const each of made.splice(0)) spawnSync('ip', ['netns', 'delete', each], { env: withSbin() })
  }
  const inside = (part: string, argv: string[]) => ['ip', 'netns', 'exec', namespace(part), ...argv]
  const set = (part: string, ...args: string[]) => run('ip', ['-n', namespace(part), ...args])
  try {
    for (const part of ['router', 'client', 'server']) {
      run('ip', ['netns', 'add', namespace(part)])
      made.push(namespace(part))
      set(part, 'link', 'set', 'lo', 'up')
    }
    for (const [end, network] of [
      ['client', '10.1.0'],
      ['server', '10.2.0'],
    ] as const) {
      set(end, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', `to-${end}`, 'netns', router)
      set(end, 'address', 'add', `${network}.2/24`, 'dev', 'eth0')
      set(end, 'link', 'set', 'eth0', 'up')
      set('router', 'address', 'add', `${network}.1/24`, 'dev', `to-${end}`)
      set('router', 'link', 'set', `to-${end}`, 'up')
      set(end, 'route', 'add', 'default', 'via', `${network}.1`)
    }
    const [command = '', ...words] = inside('router', ['sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward'])
    run(command, words)
    const [nft = '', ...args] = inside('router', ['nft', '-f', '-'])
    run(nft, args, rules(serverPort))
  } catch (error) {
    remove()
    throw error
  }
  return { inside, remove }
}

function rules(serverPort: number): string {
  const service = `ip daddr { ${Object.values(services).join(', ')} } tcp dport ${servicePort}`
  return `table ip node {
    chain before { type nat hook prerouting priority dstnat;
      ip daddr ${services.masqueraded} ct mark set 1
      ${service} dnat to ${addresses.server}:${serverPort}
    }
    chain behind { type nat hook postrouting priority srcnat;
      ct mark 1 masquerade
    }
  }`
}
