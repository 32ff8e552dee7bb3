/** Which programs of an object this kernel can take: functions come and go between releases, and their arguments with them. */
import { QuerytapError } from '../querytap-error.ts'
import type { AttachMode } from './attach-mode.ts'
import { KernelFunctions } from './kernel-functions.ts'
import { libbpf, type Pointer } from './libbpf.ts'

export interface Program {
  program: Pointer
  name: string
  section: string
}

/** Gone since Linux 6.5; nothing is missed without. */
const optionalFunctions: ReadonlySet<string> = new Set(['tcp_sendpage'])

/**
 * Leaves out of the load what does not fit. Several programs for one function differ in the number of arguments that
 * they are made for, which ends their name.
 */
export function choosePrograms(object: Pointer, mode: AttachMode): Program[] {
  const programs = libbpf().programs(object)
  if (mode === 'tracepoint') return programs
  const kernel = new KernelFunctions()
  try {
    const chosen = programs.filter(({ name, section }) => {
      const [type = '', of = ''] = section.split('/')
      if (type === 'raw_tp') return true
      const args = kernel.arguments(of)
      return fits(name, args)
    })
    for (const each of programs) if (!chosen.includes(each)) libbpf().leaveOut(each.program)
    requireAll(programs, chosen, kernel)
    return chosen
  } finally {
    kernel.close()
  }
}

function fits(name: string, args: number | undefined): boolean {
  const [, madeFor] = /_(\d+)$/.exec(name) ?? []
  return args !== undefined && (madeFor === undefined || args === Number(madeFor))
}

function requireAll(programs: Program[], chosen: Program[], kernel: KernelFunctions): void {
  const taken = new Set(chosen.map(({ section }) => section))
  for (const { section } of programs) {
    const [, of = ''] = section.split('/')
    if (taken.has(section) || optionalFunctions.has(of)) continue
    const args = kernel.arguments(of)
    const reason = args === undefined ? 'this kernel has no such function' : `it takes ${args} arguments here`
    throw new QuerytapError('KERNEL', `attach ${section}: ${reason}`)
  }
}

/** Programs at the beginning of a call, as against those at its end. */
export function isEntry(section: string): boolean {
  if (section === 'kprobe/release_sock') return false
  return section.startsWith('kprobe/') || section.startsWith('fentry/') || section === 'raw_tp/sys_enter'
}
