/**
 * The probes on other Debian kernels, each in one virtual machine: what `doctor` says of the attach modes, and in each of these
 * every call that moves bytes and the live sessions, over TCP and over unix-domain sockets.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { z } from 'zod'
import { type AttachMode, attachModes } from '../../src/bpf/attach-mode.ts'
import { assertChecks } from '../kernel/live-checks.ts'
import { emptyData } from '../kernel/mariadb-data.ts'
import { skipUnlessRequired } from '../kernel/required.ts'
import { bundlePrograms } from './bundle.ts'
import { type Kernel, runInVirtualMachine, virtualMachineObstacle } from './virtual-machine.ts'

const built = (path: string) => fileURLToPath(new URL(`../../dist/${path}`, import.meta.url))
const session = built('test/kernel/machine-session.js')
const calls = built('test/kernel/calls-session.js')
const live = built('test/kernel/live-session.js')
const unix = built('test/kernel/unix-session.js')
const skip = skipUnlessRequired(virtualMachineObstacle())
/** As the systemd unit starts it. */
const capabilities = '-all,+bpf,+perfmon,+sys_nice'
const limitedUser = `setpriv --reuid 65534 --clear-groups --inh-caps=${capabilities} --ambient-caps=${capabilities} --bounding-set=${capabilities}`
const limitSeconds = 900
const checksOfCalls = 57
const checksOfLive = 22
const checksOfUnix = 19

interface OnKernel {
  /** What it can do. In each of them every call is made, and the live sessions run. */
  modes: readonly AttachMode[]
  /** Which of them `auto` takes, by whether the kernel preempts its own code: then it may miss runs in the others, and counts them. */
  auto: AttachMode
}

const kernels: Record<Kernel, OnKernel> = {
  '5.10': { modes: ['fentry', 'kprobe'], auto: 'fentry' },
  '6.1': { modes: ['fentry', 'kprobe'], auto: 'fentry' },
  '6.12': { modes: ['fentry', 'kprobe', 'tracepoint'], auto: 'fentry' },
  newest: { modes: ['fentry', 'kprobe', 'tracepoint'], auto: 'kprobe' },
}

const doctorSchema = z.array(z.object({ what: z.string(), result: z.string(), detail: z.string() }))

t.setTimeout(4 * 900_000)
// a machine's two processors are seldom both busy
t.jobs = 2

/** Steps of one machine, with the seconds since its boot between them. @param bundled the programs that take the built ones' place */
function script(bundled: string, { modes }: OnKernel): string {
  return [
    'mount -t debugfs debugfs /sys/kernel/debug 2> /dev/null; failed=0; seconds() { echo "seconds: $(cut -d" " -f1 /proc/uptime) $1"; }',
    `seconds "on $(uname -r)"; cp -r ${bundled}/. ${built('')}`,
    `${process.execPath} ${session} ${modes.join(' ')} || failed=1; seconds "doctor and calls"`,
    `${process.execPath} ${live} ${modes.join(' ')} records || failed=1; seconds "live sessions"`,
    `${process.execPath} ${unix} ${modes.join(' ')} records || failed=1; seconds "over unix-domain sockets"`,
    // the checkout may lie where nobody else may look
    'mkdir -p /opt/querytap; mount --bind . /opt/querytap; cd /opt/querytap; echo 2 > /proc/sys/kernel/perf_event_paranoid; ulimit -l unlimited',
    `XDG_STATE_HOME=/tmp ${limitedUser} ${process.execPath} dist/src/main.js doctor --json || failed=1; seconds "limited user"`,
    'exit $failed',
  ].join('\n')
}

/** What the doctor said as root, then as a limited user. */
function findings(output: string): z.output<typeof doctorSchema>[] {
  return [...output.matchAll(/^\[$.*?^\]$/gms)].map(([json]) => doctorSchema.parse(JSON.parse(json)))
}

function assertLimitedUser(t: Test, { modes }: OnKernel, checks: z.output<typeof doctorSchema>): void {
  for (const mode of modes) {
    const { result, detail } = checks.find(({ what }) => what === `attach ${mode}`) ?? { result: null, detail: '' }
    t.equal(result, 'ok', `${mode} works for a user with CAP_BPF and CAP_PERFMON`, { detail, checks })
  }
}

function assertDoctor(t: Test, { modes, auto }: OnKernel, checks: z.output<typeof doctorSchema>): void {
  for (const mode of attachModes) {
    const { result, detail } = checks.find(({ what }) => what === `attach ${mode}`) ?? { result: null, detail: '' }
    if (modes.includes(mode)) t.equal(result, 'ok', `doctor finds that ${mode} works`, { checks })
    else t.match(`${result}: ${detail}`, /^note: (attach|load) .*: E[A-Z]+/, `doctor says why ${mode} does not work`)
  }
  const { detail } = checks.find(({ what }) => what === 'attach auto') ?? { detail: '' }
  t.match(detail, new RegExp(`^${auto}: `), 'doctor says which mode is taken, and why', { checks })
  t.comment(detail)
}

// what would take long there is made here: the program that makes the calls, an empty server's data, one file of each program
let bundled = ''
if (skip === false) {
  spawnSync(process.execPath, [calls], { stdio: 'inherit' })
  emptyData()
  bundled = await bundlePrograms()
}

/** Those that take longest first. */
const order: readonly Kernel[] = ['newest', '6.12', '5.10', '6.1']

for (const kernel of order) {
  const each = kernels[kernel]
  const name = `${each.modes.join(', ')} on Linux ${kernel}`
  void t.test(name, { skip, buffered: true }, async (t) => {
    const run = await runInVirtualMachine(kernel, ['bash', '-c', script(bundled, each)], { limitSeconds })
    for (const [line] of run.output.matchAll(/^(seconds|.*: lost): .*$/gm)) t.comment(line)
    const [ofRoot = [], ofLimitedUser = []] = findings(run.output)
    assertDoctor(t, each, ofRoot)
    assertLimitedUser(t, each, ofLimitedUser)
    const fewest = (checksOfCalls + checksOfLive + checksOfUnix) * each.modes.length
    assertChecks(t, fewest, run.output, run.exitCode, run.diagnosis)
  })
}
