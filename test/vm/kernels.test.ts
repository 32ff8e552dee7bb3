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
const main = built('src/main.js')
const calls = built('test/kernel/calls-session.js')
const live = built('test/kernel/live-session.js')
const skip = skipUnlessRequired(virtualMachineObstacle())
const limitSeconds = 600
const checksOfCalls = 25
const checksOfLive = 18

/** What a kernel can do, and the mode of its live session. */
const kernels: Record<Kernel, { modes: readonly AttachMode[]; live: AttachMode }> = {
  '5.10': { modes: ['fentry', 'kprobe'], live: 'kprobe' },
  '6.1': { modes: ['fentry', 'kprobe'], live: 'kprobe' },
  '6.12': { modes: ['fentry', 'kprobe', 'tracepoint'], live: 'kprobe' },
  newest: { modes: ['fentry', 'kprobe', 'tracepoint'], live: 'kprobe' },
}

const doctorSchema = z.array(z.object({ what: z.string(), result: z.string(), detail: z.string() }))

t.setTimeout(4 * 900_000)
// a machine's two processors are seldom both busy
t.jobs = 2

/** Steps of one machine, with the seconds since its boot between them. */
function script(modes: readonly AttachMode[], liveMode: AttachMode): string {
  return [
    'failed=0; seconds() { echo "seconds: $(cut -d" " -f1 /proc/uptime) $1"; }',
    `seconds "on $(uname -r)"; echo "doctor: $(${process.execPath} ${main} doctor --json | tr -d '\\n')"`,
    `seconds doctor; ${process.execPath} ${calls} ${modes.join(' ')} || failed=1`,
    `seconds calls; ${process.execPath} ${live} ${liveMode} records || failed=1`,
    'seconds live; exit $failed',
  ].join('\n')
}

function assertDoctor(t: Test, modes: readonly AttachMode[], output: string): void {
  const [, json = '[]'] = /^doctor: (.*)$/m.exec(output) ?? []
  const checks = doctorSchema.parse(JSON.parse(json))
  for (const mode of attachModes) {
    const { result, detail } = checks.find(({ what }) => what === `attach ${mode}`) ?? { result: null, detail: '' }
    if (modes.includes(mode)) t.equal(result, 'ok', `doctor finds that ${mode} works`, { checks })
    else
      t.match(
        `${result}: ${detail}`,
        /^note: attach raw_tp\/sock_\w+: ENOENT$/,
        `doctor says why ${mode} does not work`,
      )
  }
}

// the program that makes the calls is compiled here: it would take long there
if (skip === false) spawnSync(process.execPath, [calls], { stdio: 'inherit' })

for (const [kernel, { modes, live: liveMode }] of Object.entries(kernels) as [Kernel, (typeof kernels)[Kernel]][]) {
  void t.test(`${modes.join(', ')} on Linux ${kernel}`, { skip, buffered: true }, async (t) => {
    const run = await runInVirtualMachine(kernel, ['bash', '-c', script(modes, liveMode)], { limitSeconds })
    for (const [line] of run.output.matchAll(/^seconds: .*$/gm)) t.comment(line)
    assertDoctor(t, modes, run.output)
    assertChecks(t, checksOfCalls * modes.length + checksOfLive, run.output, run.exitCode, run.diagnosis)
  })
}
