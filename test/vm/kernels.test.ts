/**
 * The probes on other Debian kernels, each in one virtual machine: what `doctor` says of the attach modes, every call that moves
 * bytes in each mode, and the live session in one.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { z } from 'zod'
import { type AttachMode, attachModes } from '../../src/bpf/attach-mode.ts'
import { assertChecks } from '../kernel/live-checks.ts'
import { skipUnlessRequired } from '../kernel/required.ts'
import { type Kernel, runInVirtualMachine, virtualMachineObstacle } from './virtual-machine.ts'

const built = (path: string) => fileURLToPath(new URL(`../../dist/${path}`, import.meta.url))
const session = built('test/vm/session.js')
const calls = built('test/kernel/calls-session.js')
const live = built('test/kernel/live-session.js')
const skip = skipUnlessRequired(virtualMachineObstacle())
const limitSeconds = 900
const checksOfCalls = 52
const checksOfLive = 18

interface OnKernel {
  /** What it can do. */
  modes: readonly AttachMode[]
  /** Which of them `auto` takes, by whether the kernel preempts its own code. */
  auto: AttachMode
  /** In which of them every call is made: a kernel that preempts its own code may miss some in the others, and counts them. */
  calls: readonly AttachMode[]
  /** In which the live session runs; null: in none. */
  live: AttachMode | null
}

const kernels: Record<Kernel, OnKernel> = {
  '5.10': { modes: ['fentry', 'kprobe'], auto: 'fentry', calls: ['fentry', 'kprobe'], live: null },
  '6.1': { modes: ['fentry', 'kprobe'], auto: 'fentry', calls: ['fentry', 'kprobe'], live: 'kprobe' },
  '6.12': {
    modes: ['fentry', 'kprobe', 'tracepoint'],
    auto: 'fentry',
    calls: ['fentry', 'kprobe', 'tracepoint'],
    live: 'fentry',
  },
  newest: { modes: ['fentry', 'kprobe', 'tracepoint'], auto: 'kprobe', calls: ['kprobe'], live: null },
}

const doctorSchema = z.array(z.object({ what: z.string(), result: z.string(), detail: z.string() }))

t.setTimeout(4 * 900_000)
// a machine's two processors are seldom both busy
t.jobs = 2

/** Steps of one machine, with the seconds since its boot between them. */
function script({ calls: modes, live: liveMode }: OnKernel): string {
  return [
    'mount -t debugfs debugfs /sys/kernel/debug 2> /dev/null; failed=0; seconds() { echo "seconds: $(cut -d" " -f1 /proc/uptime) $1"; }',
    `seconds "on $(uname -r)"; ${process.execPath} ${session} ${modes.join(' ')} || failed=1`,
    ...(liveMode === null
      ? []
      : [`seconds "doctor and calls"; ${process.execPath} ${live} ${liveMode} records || failed=1`]),
    'seconds end; exit $failed',
  ].join('\n')
}

function assertDoctor(t: Test, { modes, auto }: OnKernel, output: string): void {
  const json = /^\[$.*?^\]$/ms.exec(output)?.[0] ?? '[]'
  const checks = doctorSchema.parse(JSON.parse(json))
  for (const mode of attachModes) {
    const { result, detail } = checks.find(({ what }) => what === `attach ${mode}`) ?? { result: null, detail: '' }
    if (modes.includes(mode)) t.equal(result, 'ok', `doctor finds that ${mode} works`, { checks })
    else t.match(`${result}: ${detail}`, /^note: (attach|load) .*: E[A-Z]+/, `doctor says why ${mode} does not work`)
  }
  const { detail } = checks.find(({ what }) => what === 'attach auto') ?? { detail: '' }
  t.match(detail, new RegExp(`^${auto}: `), 'doctor says which mode is taken, and why', { checks })
  t.comment(detail)
}

// the program that makes the calls is compiled here: it would take long there
if (skip === false) spawnSync(process.execPath, [calls], { stdio: 'inherit' })

/** Those that take longest first. */
const order: readonly Kernel[] = ['6.12', '6.1', '5.10', 'newest']

for (const kernel of order) {
  const each = kernels[kernel]
  const name = `${each.modes.join(', ')} on Linux ${kernel}`
  void t.test(name, { skip, buffered: true }, async (t) => {
    const run = await runInVirtualMachine(kernel, ['bash', '-c', script(each)], { limitSeconds })
    for (const [line] of run.output.matchAll(/^seconds: .*$/gm)) t.comment(line)
    assertDoctor(t, each, run.output)
    const fewest = checksOfCalls * each.calls.length + (each.live === null ? 0 : checksOfLive)
    assertChecks(t, fewest, run.output, run.exitCode, run.diagnosis)
  })
}
