/** The live session in kprobe mode on other kernels, each in a virtual machine. */
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { assertChecks } from '../kernel/live-checks.ts'
import { skipUnlessRequired } from '../kernel/required.ts'
import { runInVirtualMachine, virtualMachineObstacle } from './virtual-machine.ts'

const session = fileURLToPath(new URL('../../dist/test/kernel/live-session.js', import.meta.url))
const skip = skipUnlessRequired(virtualMachineObstacle())
const limitSeconds = 400

t.setTimeout(2 * 700_000)

for (const kernel of ['6.1', '6.12'] as const) {
  void t.test(`every statement is captured once by kprobes on Linux ${kernel}`, { skip }, async (t) => {
    const run = await runInVirtualMachine(kernel, [process.execPath, session, 'kprobe', 'records'], { limitSeconds })
    assertChecks(t, 19, run.output, run.exitCode, run.diagnosis)
  })
}
