/** Attaching with two capabilities instead of all of root's. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { main } from './capture-process.ts'
import { skipUnlessRequired } from './required.ts'

const skip = skipUnlessRequired(process.getuid?.() === 0 ? null : 'attaching needs root')

t.setTimeout(120_000)

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

void t.test('without them doctor names what is missing, and capture says what to do', { skip }, (t) => {
  const doctor = withOnly(['bpf'], ['doctor'])
  t.equal(doctor.status, 1)
  t.match(doctor.stdout, /without CAP_PERFMON/)
  const record = withOnly([], ['record', join(t.testdir(), 'none.qtap'), '--duration', '1s'])
  t.equal(record.status, 1)
  t.match(record.stderr, /CAP_BPF and CAP_PERFMON/)
  t.end()
})
