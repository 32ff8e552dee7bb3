/**
 * What a capture gives up once its probes are attached. Capabilities belong to threads, and Node has threads that nobody
 * else can change: so a seccomp filter, which the kernel lays on all threads at once, takes away the calls themselves.
 */
import { readFileSync } from 'node:fs'
import { errnoName, libbpf } from './libbpf.ts'

/** Bits of include/uapi/linux/capability.h. */
const capability = { CAP_DAC_OVERRIDE: 1n, CAP_DAC_READ_SEARCH: 2n, CAP_SYS_PTRACE: 19n, CAP_BPF: 39n } as const

/** Numbers of arch/x86/entry/syscalls/syscall_64.tbl. Nothing that a capture does needs one of them. */
const refusedCalls = {
  execve: 59,
  ptrace: 101,
  pivot_root: 155,
  chroot: 161,
  settimeofday: 164,
  mount: 165,
  umount2: 166,
  swapon: 167,
  reboot: 169,
  init_module: 175,
  delete_module: 176,
  clock_settime: 227,
  kexec_load: 246,
  add_key: 248,
  request_key: 249,
  keyctl: 250,
  unshare: 272,
  perf_event_open: 298,
  open_by_handle_at: 304,
  setns: 308,
  process_vm_readv: 310,
  process_vm_writev: 311,
  finit_module: 313,
  kexec_file_load: 320,
  execveat: 322,
  userfaultfd: 323,
  io_uring_setup: 425,
  open_tree: 428,
  move_mount: 429,
  fsopen: 430,
  fsconfig: 431,
  fsmount: 432,
  pidfd_getfd: 438,
} as const
const bpfCall = 321
/** Commands of bpf() on maps whose descriptors are there: look up, update, delete, next key, and the four in batches. */
const mapCommands = [1, 2, 3, 4, 24, 25, 26, 27]

/** Classic BPF, include/uapi/linux/bpf_common.h, filter.h, seccomp.h. */
const code = { load: 0x20, jumpEqual: 0x15, jumpAtLeast: 0x35, return: 0x06 } as const
const allow = 0x7fff0000
const refuse = 0x00050001 // SECCOMP_RET_ERRNO | EPERM
const callOffset = 0
const architectureOffset = 4
const firstArgumentOffset = 16
const x86_64 = 0xc000003e
/** Calls of the x32 ABI have numbers from here on. */
const x32 = 0x40000000

type Instruction = [code: number, yes: number, no: number, value: number]

/**
 * @param mapsReadable whether a map can still be read: asked when CAP_BPF is out of force
 * @returns null, or why not all could be given up
 */
export function dropPrivileges(mapsReadable: () => boolean): string | null {
  if (process.arch !== 'x64') return `no seccomp filter for ${process.arch}`
  const kept: bigint[] = [capability.CAP_DAC_OVERRIDE, capability.CAP_DAC_READ_SEARCH]
  // processes of others are hidden from whoever lacks it
  if (/ hidepid=|,hidepid=/.test(readFileSync('/proc/mounts', 'latin1'))) kept.push(capability.CAP_SYS_PTRACE)
  const before = permitted()
  const without = before & mask(kept)
  let result = libbpf().setCapabilities(without, before)
  if (result !== 0) return `capset: ${errnoName(result)}`
  // before 5.19 each call of bpf() needs it, unless unprivileged users may
  const least = mapsReadable() ? without : before & mask([...kept, capability.CAP_BPF])
  result = libbpf().setCapabilities(least, least)
  if (result !== 0) return `capset: ${errnoName(result)}`
  result = libbpf().filterCalls(program())
  return result === 0 ? null : `seccomp: ${errnoName(result)}`
}

function mask(bits: readonly bigint[]): bigint {
  return bits.reduce((sum, bit) => sum | (1n << bit), 0n)
}

function permitted(): bigint {
  const [, text = '0'] = /^CapPrm:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'latin1')) ?? []
  return BigInt(`0x${text}`)
}

function program(): Uint8Array {
  const body: Instruction[] = []
  const calls = Object.values(refusedCalls)
  const allowed = 5 + calls.length + 2 + mapCommands.length + 1
  const refused = allowed - 1
  /** Jumps are counted from the instruction behind. */
  const to = (target: number) => target - body.length - 1
  body.push([code.load, 0, 0, architectureOffset])
  body.push([code.jumpEqual, 0, to(refused), x86_64])
  body.push([code.load, 0, 0, callOffset])
  body.push([code.jumpAtLeast, to(refused), 0, x32])
  body.push([code.jumpEqual, to(5 + calls.length + 1), 0, bpfCall])
  for (const call of calls) body.push([code.jumpEqual, to(refused), 0, call])
  body.push([code.return, 0, 0, allow])
  body.push([code.load, 0, 0, firstArgumentOffset])
  for (const command of mapCommands) body.push([code.jumpEqual, to(allowed), 0, command])
  body.push([code.return, 0, 0, refuse], [code.return, 0, 0, allow])
  return encoded(body)
}

/** struct sock_filter: 2 bytes of code, 1 and 1 of jumps, 4 of value. */
function encoded(body: Instruction[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(8 * body.length))
  for (const [index, [code, yes, no, value]] of body.entries()) {
    view.setUint16(8 * index, code, true)
    view.setUint8(8 * index + 2, yes)
    view.setUint8(8 * index + 3, no)
    view.setUint32(8 * index + 4, value, true)
  }
  return new Uint8Array(view.buffer)
}
