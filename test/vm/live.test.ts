/** The live session by kprobes and by trampolines on other kernels, each in a virtual machine. */
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { assertChecks } from '../kernel/live-checks.ts'
import { skipUnlessRequired } from '../kernel/required.ts'
import { runInVirtualMachine, virtualMachineObstacle } from './virtual-machine.ts'

const session = fileURLToPath(new URL('../../dist/test/kernel/live-session.js', import.meta.url))
const skip = skipUnlessRequired(virtualMachineObstacle())
const limitSeconds = 400

t.setTimeout(2 * 700_000)

for (const [kernel, mode] of [
  ['6.1', 'kprobe'],
  ['6.12', 'kprobe'],
] as const) {
  void t.test(`every statement is captured once in ${mode} mode on Linux ${kernel}`, { skip }, async (t) => {
    const run = await runInVirtualMachine(kernel, [process.execPath, session, mode, 'records'], { limitSeconds })
    assertChecks(t, 19, run.output, run.exitCode, run.diagnosis)
  })
}
