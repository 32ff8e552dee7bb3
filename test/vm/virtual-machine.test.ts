/** Shows that commands run on other kernels, and that what goes wrong there is told. */
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
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

/** Fails once, and is qemu from then on. */
const standIn = `#!/bin/bash
here=$(dirname "$0")
if mkdir "$here/failed" 2> /dev/null; then echo 'no luck'; exit 9; fi
PATH=\${PATH#"$here:"} exec qemu-system-x86_64 "$@"
`

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

t.test(
  'a machine that does not begin its command is ended, shows its console and is booted again',
  { skip },
  async (t) => {
    const run = await runInVirtualMachine('6.12', ['true'], { beginSeconds: 1 })
    t.equal(run.exitCode, machineExit.machineFailed)
    const ends = run.diagnosis.match(/the command had not begun after 1 s; the end of its console:/g)
    t.equal(ends?.length, 3, 'so often and no more', run)
  },
)

t.test('a command runs once although its machine failed at first', { skip }, async (t) => {
  const directory = t.testdir({ 'qemu-system-x86_64': standIn })
  chmodSync(join(directory, 'qemu-system-x86_64'), 0o755)
  const path = process.env['PATH'] ?? ''
  process.env['PATH'] = `${directory}:${path}`
  t.teardown(() => (process.env['PATH'] = path))
  const run = await runInVirtualMachine('6.12', ['echo', 'here'], { limitSeconds: 180 })
  t.strictSame([run.exitCode, run.output], [0, 'here\n'], run.diagnosis)
  t.match(run.diagnosis, /qemu failed \(9\): no luck[^]*in boot 1 of 3 at most/)
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
