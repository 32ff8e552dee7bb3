/** The options of everything that attaches probes. */
import { availableParallelism, setPriority } from 'node:os'
import { z } from 'zod'
import { attachModes } from '../bpf/attach-mode.ts'
import { libbpf } from '../bpf/libbpf.ts'
import { LiveCapture } from '../capture/live-capture.ts'
import { SelectorRules, type Selectors } from '../capture/selectors.ts'
import { ProcessIdentities } from '../kubernetes/process-identity.ts'
import { QuerytapError } from '../querytap-error.ts'
import { duration, integer, port, size } from './values.ts'

const names = (help: string) => z.array(z.string().min(1)).default([]).describe(help)

export const captureShape = {
  port: z
    .array(port())
    .default([])
    .describe('Only connections with this port at either end; repeatable, as all that follow'),
  pid: z
    .array(integer(1, 2 ** 22))
    .default([])
    .describe('Only what this process sends and receives'),
  comm: names('Only processes, or threads, of this name'),
  cgroup: names('Only processes in this cgroup and below, as /system.slice/mariadb.service'),
  container: names('Only processes in the container whose id begins so'),
  pod: names('Only processes in this pod, NAMESPACE/NAME or NAME; * and ? match as in a shell'),
  'exclude-port': z.array(port()).default([]).describe('Not connections with this port'),
  'exclude-pid': z
    .array(integer(1, 2 ** 22))
    .default([])
    .describe('Not this process'),
  'exclude-comm': names('Not processes, or threads, of this name'),
  'exclude-cgroup': names('Not this cgroup'),
  'exclude-container': names('Not this container'),
  'exclude-pod': names('Not this pod'),
  attach: z
    .enum(['auto', ...attachModes])
    .default('auto')
    .describe(`How to attach: auto, ${attachModes.join(', ')}`),
  ring: size().prefault('16m').describe('Size of the ring buffer, a power of two'),
  'request-bytes': size().prefault('64k').describe('Payload bytes copied of one request'),
  'response-bytes': size().prefault('16k').describe('Payload bytes copied of one response'),
  'pod-logs': z.string().default('/var/log/pods').describe("The kubelet's tree of pod logs, which names the pods"),
  proc: z.string().default('/proc').describe("The machine's /proc"),
  nice: integer(-20, 19)
    .prefault('-10')
    .describe('Priority while capturing; a busy machine would otherwise starve the reader'),
  duration: duration().optional().describe('Stop after this time, such as 30s'),
}

const captureOptions = z.object(captureShape)

/** Attaches. Throws a QuerytapError with what to do. */
export function openLiveCapture(options: z.output<typeof captureOptions>): LiveCapture {
  const ringBytes = options.ring
  if (ringBytes < 4096 || ringBytes > 2 ** 30 || (ringBytes & (ringBytes - 1)) !== 0) {
    throw new QuerytapError('USAGE', `--ring: ${ringBytes} is not a power of two from 4k to 1g`)
  }
  const live = new LiveCapture({
    mode: options.attach,
    knobs: {
      requestBudget: options['request-bytes'],
      responseBudget: options['response-bytes'],
    },
    rules: new SelectorRules(selectorsOf(options), options.proc, options['pod-logs']),
    ringBytes,
    cpus: Math.max(libbpf().possibleCpus(), availableParallelism()),
    identities: new ProcessIdentities({ procPath: options.proc, podLogsPath: options['pod-logs'] }),
  })
  prioritise(options.nice)
  return live
}

function selectorsOf(options: z.output<typeof captureOptions>): Selectors {
  return {
    ports: { include: options.port, exclude: options['exclude-port'] },
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

/** Without CAP_SYS_NICE the priority stays as it is: a capture that may lose more is better than none. */
function prioritise(nice: number): void {
  try {
    setPriority(nice)
  } catch (error) {
    process.stderr.write(
      `querytap: priority ${nice} is refused: ${error instanceof Error ? error.message : String(error)}\n`,
    )
  }
}
