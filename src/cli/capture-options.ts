/** The options of everything that attaches probes. */
import { availableParallelism, setPriority } from 'node:os'
import { z } from 'zod'
import { attachModes } from '../bpf/attach-mode.ts'
import { libbpf } from '../bpf/libbpf.ts'
import { LiveCapture } from '../capture/live-capture.ts'
import { ProcessIdentities } from '../kubernetes/process-identity.ts'
import { QuerytapError } from '../querytap-error.ts'
import { duration, integer, port, size } from './values.ts'

export const captureShape = {
  port: z.array(port()).default([]).describe('Only connections with this port at either end; repeatable'),
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
      ports: options.port,
      requestBudget: options['request-bytes'],
      responseBudget: options['response-bytes'],
    },
    ringBytes,
    cpus: Math.max(libbpf().possibleCpus(), availableParallelism()),
    identities: new ProcessIdentities({ procPath: options.proc, podLogsPath: options['pod-logs'] }),
  })
  prioritise(options.nice)
  return live
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
