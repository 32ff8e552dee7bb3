/** The options of everything that attaches probes. */
import { availableParallelism } from 'node:os'
import { z } from 'zod'
import { attachModes } from '../bpf/attach-mode.ts'
import { libbpf } from '../bpf/libbpf.ts'
import { LiveCapture } from '../capture/live-capture.ts'
import { prioritise } from '../capture/priority.ts'
import { SelectorRules } from '../capture/selectors.ts'
import { ProcessIdentities } from '../kubernetes/process-identity.ts'
import { QuerytapError } from '../querytap-error.ts'
import { FilterFile } from './filter-file.ts'
import { selectorShape, selectorsOf } from './selector-options.ts'
import { duration, integer, size } from './values.ts'

export const captureShape = {
  ...selectorShape,
  'filter-file': z
    .string()
    .min(1)
    .optional()
    .describe('More of the filters above, one to a line as "port 3306"; what changes in the file takes effect'),
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
  const rules = selectorRules(options)
  const live = new LiveCapture({
    mode: options.attach,
    knobs: {
      requestBudget: options['request-bytes'],
      responseBudget: options['response-bytes'],
    },
    rules,
    ringBytes,
    cpus: Math.max(libbpf().possibleCpus(), availableParallelism()),
    identities: new ProcessIdentities({ procPath: options.proc, podLogsPath: options['pod-logs'] }),
  })
  if (live.unixObstacle !== null) {
    process.stderr.write(`querytap: unix-domain sockets are not seen: ${live.unixObstacle}\n`)
  }
  for (const each of rules.unmatched()) process.stderr.write(`querytap: ${each}\n`)
  prioritiseIfAllowed(options.nice)
  return live
}

/** For a process that does nothing else: from here on it can attach, start and trace nothing. */
export function confine(live: LiveCapture): void {
  const obstacle = live.dropPrivileges()
  if (obstacle !== null) process.stderr.write(`querytap: privileges are kept: ${obstacle}\n`)
}

function selectorRules(options: z.output<typeof captureOptions>): SelectorRules {
  const { proc, 'pod-logs': podLogs, 'filter-file': path } = options
  if (path === undefined) return new SelectorRules(selectorsOf(options), proc, podLogs)
  const file = new FilterFile(path, options)
  return new SelectorRules(file.first(), proc, podLogs, file)
}

/** Without CAP_SYS_NICE the priority stays as it is: a capture that may lose more is better than none. */
function prioritiseIfAllowed(nice: number): void {
  try {
    prioritise(nice)
  } catch (error) {
    process.stderr.write(
      `querytap: priority ${nice} is refused: ${error instanceof Error ? error.message : String(error)}\n`,
    )
  }
}
