/** Shows that commands run on other kernels, and that what goes wrong there is told. */
import t from 'tap'
import { machineExit, runInVirtualMachine, virtualMachineObstacle } from './virtual-machine.ts'
import type { Kernel } from './virtual-machine.ts'

const obstacle = virtualMachineObstacle()
const skip = obstacle !== null && process.env['QUERYTAP_REQUIRE_KERNEL'] !== '1' ? obstacle : false

t.setTimeout(900_000)

/** Prints what the capture needs of a kernel, one fact a line. */
const facts = [
  'uname -r',
  'node -p process.versions.node',
  'grep -wc -e tcp_sendmsg -e tcp_recvmsg /sys/kernel/tracing/available_filter_functions',
  'test -r /sys/kernel/btf/vmlinux && stat -f -c %T /sys/fs/cgroup /sys/fs/bpf',
  'cat /sys/class/net/lo/flags',
  'echo "$1" >&2',
  'sleep 1000 &',
  'exit 7',
].join('\n')

for (const kernel of ['6.12'] as const satisfies Kernel[]) {
  t.test(
    `a command on ${kernel} finds kprobes, BTF, cgroups and the network, and its output and exit code come back`,
    { skip },
    async (t) => {
      const run = await runInVirtualMachine(kernel, ['bash', '-c', facts, 'facts', 'two words; $one\nand a line'], {
        limitSeconds: 180,
      })
      const [release, ...rest] = run.output.split('\n')
      t.equal(run.exitCode, 7, run.diagnosis)
      t.match(release, new RegExp(`^${kernel.replace('.', '\\.')}\\.`))
      t.strictSame(rest, [
        process.versions.node,
        '2',
        'cgroup2fs',
        'bpf_fs',
        '0x9',
        'two words; $one',
        'and a line',
        '',
      ])
    },
  )
}

t.test('a machine that runs past its limit is ended and says so', { skip }, async (t) => {
  const run = await runInVirtualMachine('6.12', ['bash', '-c', 'sleep 1000'], { limitSeconds: 3 })
  t.equal(run.exitCode, machineExit.limitReached)
  t.match(run.diagnosis, /still running after 3 s/)
})

t.test('a panic ends the machine at once and shows the console', { skip }, async (t) => {
  const run = await runInVirtualMachine(
    '6.12',
    ['bash', '-c', 'echo begun; sleep 1; echo c > /proc/sysrq-trigger; sleep 1000'],
    {
      limitSeconds: 120,
    },
  )
  t.equal(run.exitCode, machineExit.machineFailed)
  t.match(run.diagnosis, /Kernel panic - not syncing/)
})
