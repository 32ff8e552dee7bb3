import { release } from 'node:os'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { preferredModes } from '../../src/bpf/attach.ts'
import { kernelPreemption } from '../../src/bpf/preemption.ts'

const dynamic = '#1 SMP PREEMPT_DYNAMIC Debian 7.2.13-1 (2026-10-28)'
const debugfs = (text: string) => ({ sys: { kernel: { debug: { sched: { preempt: `${text}\n` } } } } })
const commandLine = (text: string) => ({ proc: { cmdline: `BOOT_IMAGE=/vmlinuz root=/dev/vda1 ${text}\n` } })
const config = (text: string) => ({ boot: { [`config-${release()}`]: `# CONFIG_PREEMPT_RT is not set\n${text}\n` } })

void t.test(
  'a kernel that never preempts its own code gets the cheapest mode first, any other the one that misses nothing',
  (t) => {
    const first = (build: string, files: Parameters<typeof t.testdir>[0] = {}) =>
      preferredModes(kernelPreemption(build, t.testdir(files)))[0]
    t.equal(first('#1 SMP Debian 5.10.237-1 (2025-05-19)'), 'fentry')
    t.equal(first('#1 SMP PREEMPT Debian'), 'kprobe')
    t.equal(first('#1 SMP PREEMPT_RT Debian'), 'kprobe')
    t.equal(first(dynamic, debugfs('none (voluntary) full ')), 'fentry')
    t.equal(first(dynamic, debugfs('(none) voluntary full ')), 'fentry')
    t.equal(first(dynamic, debugfs('none voluntary (full) lazy ')), 'kprobe')
    t.equal(first(dynamic, debugfs('full (lazy) ')), 'kprobe')
    t.equal(first(dynamic, commandLine('preempt=none quiet')), 'fentry')
    t.equal(first(dynamic, { ...commandLine('preempt=full'), ...config('CONFIG_PREEMPT_NONE=y') }), 'kprobe')
    t.equal(first(dynamic, { ...commandLine('quiet'), ...config('CONFIG_PREEMPT_VOLUNTARY=y') }), 'fentry')
    t.equal(first(dynamic, config('CONFIG_PREEMPT_DYNAMIC=y\nCONFIG_PREEMPT=y')), 'kprobe')
    t.equal(first(dynamic, config('CONFIG_PREEMPT_LAZY=y')), 'kprobe')
    t.end()
  },
)

void t.test('a kernel may carry the configuration that it was built with', (t) => {
  const packed = gzipSync('CONFIG_PREEMPT_NONE=y\n')
  const root = t.testdir({ proc: { 'config.gz': packed } })
  t.strictSame(kernelPreemption(dynamic, root), { preempts: false, because: '/proc/config.gz says none' })
  t.end()
})

void t.test('where nothing says whether the kernel preempts its own code, it may', (t) => {
  t.match(kernelPreemption(dynamic, '/nowhere'), { preempts: true, because: /cannot be read/ })
  t.end()
})
