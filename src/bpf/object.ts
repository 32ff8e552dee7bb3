/** The object file of an attach mode: opened, loaded, and refused with the reason that the kernel gives; its maps by name. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { QuerytapError } from '../querytap-error.ts'
import { type AttachMode, attachModeFacts } from './attach-mode.ts'
import type { KernelFunctions } from './kernel-functions.ts'
import { errnoName, libbpf, type Pointer } from './libbpf.ts'
import { choosePrograms } from './programs.ts'

const logBytes = 1 << 20

/** Gives any address a type (Linux 6.2). */
const typedLoads = 'bpf_rdonly_cast'

export function openObject(mode: AttachMode, kernel: KernelFunctions): Pointer {
  const isPlain = attachModeFacts[mode].hasPlainObject && kernel.arguments(typedLoads) === undefined
  const file = isPlain ? `${mode}.bpf.o` : `${mode}-typed.bpf.o`
  const path = fileURLToPath(import.meta.resolve(`#probes/${file}`))
  if (!existsSync(path)) {
    throw new QuerytapError('LIBBPF', `open ${file}: not built`, {
      hint: 'npm run build (needs clang, llvm and libbpf-dev)',
    })
  }
  const object = libbpf().openFile(path)
  if (object === 0n) throw new QuerytapError('LIBBPF', `open ${file}: ${errnoName(libbpf().errno())}`)
  return object
}

export function loadObject(object: Pointer, mode: AttachMode, kernel: KernelFunctions): void {
  const result = libbpf().load(object)
  if (result === 0) return
  const said = verifierLog(mode, kernel)
  const where = said === undefined ? `load the probes of mode ${mode}` : `load ${said.name} of mode ${mode}`
  const detail = said === undefined ? '' : `\n${said.text.split('\n').slice(-8).join('\n')}`
  throw refusal(`${where}: ${errnoName(result)}${detail}`, result, mode, said?.text)
}

/** Loads once more, for what the verifier says: asking for its log costs time, and a log too long fails a good load. */
function verifierLog(mode: AttachMode, kernel: KernelFunctions): { name: string; text: string } | undefined {
  const bpf = libbpf()
  const object = openObject(mode, kernel)
  try {
    const logs = choosePrograms(object, mode, kernel).programs.map(({ program, name }) => {
      const log = new Uint8Array(logBytes)
      bpf.captureLog(program, log)
      return { name, log }
    })
    bpf.load(object)
    return logs
      .map(({ name, log }) => ({ name, text: verifierText(log) }))
      .findLast(({ text }) => text !== '' && !accepted.test(text))
  } finally {
    bpf.close(object)
  }
}

/** All that the verifier says of a program that it takes. */
const accepted = /^processed \d+ insns .*$/

function verifierText(log: Uint8Array): string {
  const end = log.indexOf(0)
  return new TextDecoder().decode(end < 0 ? log : log.subarray(0, end)).trim()
}

const privilegeHint =
  'run as root (sudo), or with CAP_BPF and CAP_PERFMON; before Linux 5.11 also with `ulimit -l unlimited`, for maps count as locked memory'
const perfHint =
  "kernel.perf_event_paranoid is above 2, Debian's default: kprobes are for root only then (sysctl kernel.perf_event_paranoid=2)"

/** Debian's kernels know a 3: who has no CAP_SYS_ADMIN opens no event at all, whatever else it has. */
function isPerfKeptForRoot(): boolean {
  try {
    return Number(readFileSync('/proc/sys/kernel/perf_event_paranoid', 'utf8')) > 2
  } catch {
    // not readable here: the general hint stands
    return false
  }
}

/** @param cause all that the verifier said */
export function refusal(message: string, result: number, mode: AttachMode, cause?: string): QuerytapError {
  const name = errnoName(result)
  if ((name === 'EPERM' || name === 'EACCES') && process.getuid?.() !== 0) {
    const hint = mode === 'kprobe' && name === 'EACCES' && isPerfKeptForRoot() ? perfHint : privilegeHint
    return new QuerytapError('PRIVILEGE', message, { hint })
  }
  if (name === 'EPERM') {
    const hint = 'lockdown, a container without CAP_BPF and CAP_PERFMON, or a seccomp filter forbids it'
    return new QuerytapError('PRIVILEGE', message, { hint })
  }
  return new QuerytapError('KERNEL', message, { hint: attachModeFacts[mode].hint, cause })
}

export function map(object: Pointer, name: string): Pointer {
  const found = libbpf().findMap(object, name)
  if (found === 0n)
    throw new QuerytapError('LIBBPF', `find map ${name}: the object is of another build`, { hint: 'npm run build' })
  return found
}

export function mapFd(object: Pointer, name: string): number {
  return libbpf().mapFd(map(object, name))
}
