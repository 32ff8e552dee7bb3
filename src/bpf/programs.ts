/** Which programs of an object this kernel can take: functions come and go between releases, and their arguments with them. */
import { QuerytapError } from '../querytap-error.ts'
import type { AttachMode } from './attach-mode.ts'
import type { KernelFunctions } from './kernel-functions.ts'
import { libbpf, type Pointer } from './libbpf.ts'

export interface Program {
  program: Pointer
  name: string
  section: string
}

/** Gone since Linux 6.5; nothing is missed without. */
const optionalFunctions: ReadonlySet<string> = new Set(['tcp_sendpage', 'unix_stream_sendpage'])

export interface Choice {
  programs: Program[]
  /** Why no unix-domain socket is seen; null: they are. */
  unixObstacle: string | null
}

/**
 * Leaves out of the load what does not fit. Several programs for one function differ in the number of arguments that
 * they are made for, which ends their name. Without one of those for unix-domain sockets all of these are left out.
 */
export function choosePrograms(object: Pointer, mode: AttachMode, kernel: KernelFunctions): Choice {
  const programs = libbpf().programs(object)
  if (mode === 'tracepoint') return { programs, unixObstacle: null }
  const fitting = programs.filter(({ name, section }) => {
    const [type = '', of = ''] = section.split('/')
    return type === 'raw_tp' || fits(name, kernel.arguments(of))
  })
  const lacking = (all: Program[]) => firstLacking(all, fitting, kernel)
  const obstacle = lacking(programs.filter((each) => !isOfUnixSockets(each)))
  if (obstacle !== null) throw new QuerytapError('KERNEL', obstacle)
  const unixObstacle = lacking(programs.filter(isOfUnixSockets))
  const chosen = unixObstacle === null ? fitting : fitting.filter((each) => !isOfUnixSockets(each))
  for (const each of programs) if (!chosen.includes(each)) libbpf().leaveOut(each.program)
  return { programs: chosen, unixObstacle }
}

/** TCP is followed without them. */
function isOfUnixSockets({ name }: Program): boolean {
  return name.startsWith('unix_')
}

function fits(name: string, args: number | undefined): boolean {
  const [, madeFor] = /_(\d+)$/.exec(name) ?? []
  return args !== undefined && (madeFor === undefined || args === Number(madeFor))
}

function firstLacking(programs: Program[], fitting: Program[], kernel: KernelFunctions): string | null {
  const taken = new Set(fitting.map(({ section }) => section))
  for (const { section } of programs) {
    const [, of = ''] = section.split('/')
    if (taken.has(section) || optionalFunctions.has(of)) continue
    const args = kernel.arguments(of)
    const reason = args === undefined ? 'this kernel has no such function' : `it takes ${args} arguments here`
    return `attach ${section}: ${reason}`
  }
  return null
}

/** Called by another program, through a map of programs. */
export function isCalled(section: string): boolean {
  return section === 'raw_tp'
}

/** Programs at the beginning of a call, as against those at its end. */
export function isEntry(section: string): boolean {
  if (section === 'kprobe/release_sock') return false
  return section.startsWith('kprobe/') || section.startsWith('fentry/') || section === 'raw_tp/sys_enter'
}
