/** `querytap doctor`: what this machine offers, what works, what does not, and what to do about it. */
import { accessSync, constants, existsSync } from 'node:fs'
import { release } from 'node:os'
import { z } from 'zod'
import { btfPath, preferredModes, tryModes } from '../bpf/attach.ts'
import { type AttachMode, attachModeFacts } from '../bpf/attach-mode.ts'
import { missingCapabilities } from '../bpf/capabilities.ts'
import { libbpf } from '../bpf/libbpf.ts'
import { kernelPreemption, type Preemption } from '../bpf/preemption.ts'
import { cgroupMounts } from '../kubernetes/cgroup-mounts.ts'
import { QuerytapError } from '../querytap-error.ts'
import { captureShape } from './capture-options.ts'
import { storeOption } from '../store/store-option.ts'
import { command } from './command.ts'
import { storeCheck } from './store-check.ts'

export interface Check {
  what: string
  /** `note`: nothing is wrong, and nothing can be done. */
  result: 'ok' | 'fails' | 'note'
  detail: string
  fix: string | null
}

const options = z.object({
  proc: captureShape.proc,
  'pod-logs': captureShape['pod-logs'],
  ...storeOption,
  json: z.boolean().default(false).describe('print JSON'),
})

export const doctor = command({
  usage: 'doctor',
  describe: 'check kernel, privileges, attach modes, libbpf, Kubernetes sources and the store',
  options,
  run: async (given) => {
    const checks = [...systemChecks(), ...attachChecks(), ...kubernetesChecks(given), storeCheck(given.store)]
    if (given.json) process.stdout.write(`${JSON.stringify(checks, null, 2)}\n`)
    else for (const check of checks) process.stdout.write(lineOf(check))
    return checks.some(({ what, result }) => result === 'fails' && what !== 'attach mode') || !canAttach(checks) ? 1 : 0
  },
})

/** One mode is enough. */
function canAttach(checks: Check[]): boolean {
  return checks.some(({ what, result }) => what.startsWith('attach') && result === 'ok')
}

function lineOf({ what, result, detail, fix }: Check): string {
  const mark = { ok: 'ok   ', fails: 'FAILS', note: 'note ' }[result]
  return `${mark}  ${what.padEnd(18)}  ${detail}\n${fix === null ? '' : `${' '.repeat(27)}→ ${fix}\n`}`
}

function systemChecks(): Check[] {
  const checks: Check[] = [{ what: 'kernel', result: 'ok', detail: `Linux ${release()}, ${process.arch}`, fix: null }]
  const missing = missingCapabilities()
  const user = process.getuid?.() === 0 ? 'root' : `user ${process.getuid?.() ?? '?'}`
  checks.push({
    what: 'privileges',
    result: missing.length === 0 ? 'ok' : 'fails',
    detail:
      missing.length === 0 ? `${user}, with CAP_BPF and CAP_PERFMON` : `${user}, without ${missing.join(' and ')}`,
    fix: missing.length === 0 ? null : 'run as root (sudo), or by deploy/querytap.service',
  })
  const btf = existsSync(btfPath)
  checks.push({
    what: 'BTF',
    result: btf ? 'ok' : 'fails',
    detail: btf ? btfPath : `${btfPath} is missing`,
    fix: btf ? null : 'a kernel with CONFIG_DEBUG_INFO_BTF',
  })
  checks.push(tried('libbpf', 'libbpf.so.1', () => void libbpf()))
  return checks
}

function tried(what: string, detail: string, work: () => void): Check {
  try {
    work()
    return { what, result: 'ok', detail, fix: null }
  } catch (error) {
    if (!(error instanceof QuerytapError)) throw error
    return { what, result: 'fails', detail: error.message, fix: error.hint }
  }
}

function attachChecks(): Check[] {
  try {
    const trials = tryModes()
    const preemption = kernelPreemption()
    const chosen = preferredModes(preemption).find((mode) =>
      trials.some((trial) => trial.mode === mode && trial.error === null),
    )
    const checks = trials.map(({ mode, error, unixObstacle }): Check => ({
      what: `attach ${mode}`,
      result: error === null ? 'ok' : chosen === undefined ? 'fails' : 'note',
      detail: error === null ? describe(mode, unixObstacle) : error.message,
      fix: error?.hint ?? null,
    }))
    if (chosen === undefined) return checks
    return [...checks, { what: 'attach auto', result: 'ok', detail: whyChosen(chosen, preemption), fix: null }]
  } catch (error) {
    if (!(error instanceof QuerytapError)) throw error
    return [{ what: 'attach', result: 'fails', detail: error.message, fix: error.hint }]
  }
}

function describe(mode: AttachMode, unixObstacle: string | null): string {
  const unix = unixObstacle === null ? 'unix-domain sockets too' : `no unix-domain sockets: ${unixObstacle}`
  return `${attachModeFacts[mode].describe}; ${unix}`
}

function whyChosen(mode: AttachMode, { preempts, because }: Preemption): string {
  const reason = preempts
    ? mode === 'kprobe'
      ? 'misses no call where the kernel preempts its own code'
      : 'all that works; where the kernel preempts its own code a call may be missed, and is counted'
    : mode === 'fentry'
      ? 'costs least'
      : 'costs least of what works'
  return `${mode}: ${reason} (${because})`
}

function kubernetesChecks(given: z.output<typeof options>): Check[] {
  const { 'pod-logs': podLogs, proc } = given
  const mounts = cgroupMounts(proc)
  return [
    {
      what: 'cgroups',
      result: mounts.length > 0 ? 'ok' : 'note',
      detail: mounts.length > 0 ? mounts.join(', ') : 'no cgroup file system is mounted: no containers are told apart',
      fix: null,
    },
    podLogsCheck(podLogs),
  ]
}

function podLogsCheck(path: string): Check {
  const what = 'pod names'
  try {
    accessSync(path, constants.R_OK)
    return { what, result: 'ok', detail: path, fix: null }
  } catch {
    const detail = `${path} is not there: this is no Kubernetes node, or it is not mounted into this container`
    return { what, result: 'note', detail, fix: null }
  }
}
