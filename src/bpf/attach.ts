/** Attaches the probes in the mode asked for, or in the best that the kernel takes, and says why it takes no other. */
import { existsSync } from 'node:fs'
import { QuerytapError } from '../querytap-error.ts'
import { type AttachMode, attachModes } from './attach-mode.ts'
import { kernelPreemption, type Preemption } from './preemption.ts'
import type { Knobs } from './knobs.ts'
import { Probes, type ProbesOptions } from './probes.ts'

export const btfPath = '/sys/kernel/btf/vmlinux'

const nobodysPort = 1
const leastRingBytes = 4096

export interface AttachTrial {
  mode: AttachMode
  /** Null: it attached. */
  error: QuerytapError | null
  /** Why it sees no unix-domain socket; null: it does. */
  unixObstacle: string | null
}

/** Programs at kprobes run with preemption off: nothing comes between. Where that is not needed, trampolines cost less. */
export function preferredModes({ preempts }: Preemption): readonly AttachMode[] {
  return preempts ? ['kprobe', 'fentry', 'tracepoint'] : attachModes
}

/** Throws where the kernel lacks what every mode needs. */
export function requireBtf(): void {
  if (existsSync(btfPath)) return
  const hint = 'the kernel needs CONFIG_DEBUG_INFO_BTF, which distributions have from about 5.10 on'
  throw new QuerytapError('KERNEL', `read ${btfPath}: the kernel has no BTF`, { hint })
}

export interface AttachOptions extends Omit<ProbesOptions, 'mode' | 'knobs'> {
  knobs: Omit<Knobs, 'preempts'>
}

export function attach(mode: AttachMode | 'auto', given: AttachOptions): Probes {
  requireBtf()
  const preemption = kernelPreemption()
  const options = { ...given, knobs: { ...given.knobs, preempts: preemption.preempts } }
  if (mode !== 'auto') return Probes.attach({ ...options, mode })
  const errors: QuerytapError[] = []
  const modes = preferredModes(preemption)
  for (const each of modes) {
    try {
      return Probes.attach({ ...options, mode: each })
    } catch (error) {
      if (!(error instanceof QuerytapError) || error.code === 'LIBBPF' || error.code === 'USAGE') throw error
      errors.push(error)
    }
  }
  const reasons = errors.map((error, index) => `  ${modes[index] ?? ''}: ${error.message}`)
  const [first] = errors
  throw new QuerytapError(
    errors.every((error) => error.code === 'PRIVILEGE') ? 'PRIVILEGE' : 'KERNEL',
    `attach the probes: no mode works here\n${reasons.join('\n')}`,
    {
      hint: first?.code === 'PRIVILEGE' ? (first.hint ?? '') : 'querytap doctor shows what this kernel has',
      cause: errors,
    },
  )
}

/** Loads and attaches each mode for a moment, to look at nothing. */
export function tryModes(): AttachTrial[] {
  const nothing = { include: [], exclude: [] }
  const rules = {
    ports: { include: [nobodysPort], exclude: [] },
    sockets: nothing,
    pids: nothing,
    comms: nothing,
    cgroups: { ...nothing, limited: false },
  }
  const { preempts } = kernelPreemption()
  const knobs = { ownPid: process.pid, cpus: 1, requestBudget: 65_536, responseBudget: 16_384, preempts }
  return attachModes.map((mode) => {
    try {
      const probes = Probes.attach({ mode, knobs, rules, ringBytes: leastRingBytes })
      probes.close()
      return { mode, error: null, unixObstacle: probes.unixObstacle }
    } catch (error) {
      if (error instanceof QuerytapError) return { mode, error, unixObstacle: null }
      throw error
    }
  })
}
