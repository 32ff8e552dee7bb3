/** Attaching with two capabilities instead of all of root's, and what is left of them once attached. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { main, startRecording } from './capture-process.ts'
import { skipUnlessRequired } from './required.ts'

const skip = skipUnlessRequired(process.getuid?.() === 0 ? null : 'attaching needs root')

t.setTimeout(300_000)

/** Root without capabilities owns its files and may do nothing else. */
function withOnly(capabilities: string[], args: string[]) {
  const bounding = ['-all', ...capabilities.map((each) => `+${each}`)].join(',')
  return spawnSync('setpriv', [`--bounding-set=${bounding}`, process.execPath, main, ...args], { encoding: 'utf8' })
}

void t.test('CAP_BPF and CAP_PERFMON are enough to record', { skip }, (t) => {
  const file = join(t.testdir(), 'least.qtap')
  const { status, stderr } = withOnly(['bpf', 'perfmon'], ['record', file, '--duration', '1s', '--port', '1'])
  t.equal(status, 0, stderr)
  t.match(stderr, /recording \(/)
  t.match(stderr, /lost: 0/)
  t.end()
})

/** Lines of /proc/PID/task/TID/status, by thread. */
function threadsOf(pid: number): { thread: string; capabilities: bigint; seccomp: string; noNewPrivileges: string }[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
    if (!existsSync(`/proc/${pid}/task/${thread}/status`)) return [] // ended meanwhile
    const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'latin1')
    const of = (name: string) => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status)?.[1] ?? ''
    const capabilities = BigInt(`0x${of('CapPrm')}`) | BigInt(`0x${of('CapEff')}`)
    return { thread, capabilities, seccomp: of('Seccomp'), noNewPrivileges: of('NoNewPrivs') }
  })
}

void t.test(
  'once attached, every thread is filtered, and the one that works has no more than it needs',
  { skip },
  async (t) => {
    const capture = await startRecording(join(t.testdir(), 'x.qtap'), ['--port', '1'])
    const threads = threadsOf(capture.pid)
    t.ok(threads.length > 4)
    for (const { seccomp, noNewPrivileges } of threads) t.strictSame([seccomp, noNewPrivileges], ['2', '1'])
    const reading = (1n << 1n) | (1n << 2n) | (1n << 19n)
    const main = threads.find(({ thread }) => thread === String(capture.pid))
    t.equal((main?.capabilities ?? -1n) & ~reading, 0n, 'only what reads and writes files, and /proc')
    const { exitCode, stderr } = await capture.stop()
    t.equal(exitCode, 0)
    t.match(stderr, /lost: 0/)
    t.notMatch(stderr, /privileges are kept/)
  },
)

void t.test('what is given up is gone for all threads', { skip }, (t) => {
  const program = join(dirname(main), '../test/kernel/dropped-privileges.js')
  const { stdout, stderr } = spawnSync(process.execPath, [program], { encoding: 'utf8' })
  const said: unknown = JSON.parse(stdout || '{}')
  const wanted = { before: 'started', obstacle: null, fromMain: 'EPERM', fromWorker: 'EPERM', attached: 0 }
  t.strictSame(said, wanted, stderr)
  t.end()
})

void t.test(
  "the systemd unit's two capabilities and system calls are enough, and its options are understood",
  { skip },
  (t) => {
    const unit = fileURLToPath(new URL('../../deploy/querytap.service', import.meta.url))
    const verified = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' })
    t.notMatch(verified.stderr, /querytap\.service:\d+:/, 'no line that systemd does not understand')
    const filter = join(dirname(main), '../test/kernel/under-unit-filter.js')
    const file = join(t.testdir(), 'unit.qtap')
    const words = ['--import', filter, main, 'record', file, '--duration', '1s', '--port', '1']
    const bounding = '--bounding-set=-all,+bpf,+perfmon,+sys_nice'
    const { status, stderr } = spawnSync('setpriv', [bounding, '--no-new-privs', process.execPath, ...words], {
      encoding: 'utf8',
    })
    t.equal(status, 0, stderr)
    t.match(stderr, /\d{3} system calls are allowed/)
    t.match(stderr, /recording \(/)
    t.notMatch(stderr, /refused|privileges are kept/)
    t.end()
  },
)

void t.test('without them doctor names what is missing, and capture says what to do', { skip }, (t) => {
  const doctor = withOnly(['bpf'], ['doctor'])
  t.equal(doctor.status, 1)
  t.match(doctor.stdout, /without CAP_PERFMON/)
  const record = withOnly([], ['record', join(t.testdir(), 'none.qtap'), '--duration', '1s'])
  t.equal(record.status, 1)
  t.match(record.stderr, /CAP_BPF and CAP_PERFMON/)
  t.end()
})
