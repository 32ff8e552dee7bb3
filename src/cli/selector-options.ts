/** The options that choose what is captured: who, where, which ports. The same on the command line and in a file of filters. */
import { Buffer } from 'node:buffer'
import { z } from 'zod'
import { socketPathBytes } from '../bpf/filter.ts'
import type { Selectors } from '../capture/selectors.ts'
import { integer, port } from './values.ts'

const names = (help: string) => z.array(z.string().min(1)).default([]).describe(help)
const isSocketPath = (path: string) => Buffer.byteLength(path) <= socketPathBytes
const sockets = (help: string) =>
  z
    .array(z.string().min(1).refine(isSocketPath, `a socket's path has ${socketPathBytes} bytes at most`))
    .default([])
    .describe(help)
const pids = (help: string) =>
  z
    .array(integer(1, 2 ** 22))
    .default([])
    .describe(help)

export const selectorShape = {
  port: z
    .array(port())
    .default([])
    .describe('Only connections with this port at either end; repeatable, as all that follow'),
  socket: sockets(
    'Only connections to this unix-domain socket; with --port either. The path as the server has it, @ for an abstract name',
  ),
  pid: pids('Only what this process sends and receives'),
  comm: names('Only processes, or threads, of this name'),
  cgroup: names('Only processes in this cgroup and below, as /system.slice/mariadb.service'),
  container: names('Only processes in the container whose id begins so'),
  pod: names('Only processes in this pod, NAMESPACE/NAME or NAME; * and ? match as in a shell'),
  'exclude-port': z.array(port()).default([]).describe('Not connections with this port'),
  'exclude-socket': sockets('Not connections to this unix-domain socket'),
  'exclude-pid': pids('Not this process'),
  'exclude-comm': names('Not processes, or threads, of this name'),
  'exclude-cgroup': names('Not this cgroup'),
  'exclude-container': names('Not this container'),
  'exclude-pod': names('Not this pod'),
}

export const selectorOptions = z.object(selectorShape)
export type SelectorOptions = z.output<typeof selectorOptions>

export function selectorsOf(options: SelectorOptions): Selectors {
  return {
    ports: { include: options.port, exclude: options['exclude-port'] },
    sockets: { include: options.socket, exclude: options['exclude-socket'] },
    pids: { include: options.pid, exclude: options['exclude-pid'] },
    comms: { include: options.comm, exclude: options['exclude-comm'] },
    places: {
      include: { cgroups: options.cgroup, containers: options.container, pods: options.pod },
      exclude: {
        cgroups: options['exclude-cgroup'],
        containers: options['exclude-container'],
        pods: options['exclude-pod'],
      },
    },
  }
}
