/** Every call that moves bytes, in each attach mode of each kernel, in a virtual machine. */
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { assertChecks } from '../kernel/live-checks.ts'
import { skipUnlessRequired } from '../kernel/required.ts'
import { runInVirtualMachine, virtualMachineObstacle } from './virtual-machine.ts'

const session = fileURLToPath(new URL('../../dist/test/kernel/calls-session.js', import.meta.url))
const skip = skipUnlessRequired(virtualMachineObstacle())
const limitSeconds = 300
const checksOfSession = 25

t.setTimeout(700_000)

for (const [kernel, ...modes] of [['6.1', 'fentry', 'kprobe']] as const) {
  void t.test(
    `every byte that a call moves is captured by ${modes.join(', ')} on Linux ${kernel}`,
    { skip },
    async (t) => {
      const all = modes.map((mode) => `${process.execPath} ${session} ${mode}`).join(' && ')
      const run = await runInVirtualMachine(kernel, ['bash', '-c', all], { limitSeconds })
      assertChecks(t, checksOfSession * modes.length, run.output, run.exitCode, run.diagnosis)
    },
  )
}
