import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { preferredModes } from '../../src/bpf/attach.ts'
import { kernelPreemption } from '../../src/bpf/preemption.ts'

void t.test(
  'a kernel that never preempts its own code gets the cheapest mode first, any other the one that misses nothing',
  (t) => {
    const path = join(t.testdir(), 'preempt')
    const first = (build: string, says?: string) => {
      if (says !== undefined) writeFileSync(path, `${says}\n`)
      return preferredModes(kernelPreemption(build, says === undefined ? '/nowhere' : path))[0]
    }
    const dynamic = '#1 SMP PREEMPT_DYNAMIC Debian 7.2.13-1 (2026-10-28)'
    t.equal(first('#1 SMP Debian 5.10.237-1 (2025-05-19)'), 'fentry')
    t.equal(first('#1 SMP PREEMPT Debian'), 'kprobe')
    t.equal(first('#1 SMP PREEMPT_RT Debian'), 'kprobe')
    t.equal(first(dynamic, 'none (voluntary) full '), 'fentry')
    t.equal(first(dynamic, '(none) voluntary full '), 'fentry')
    t.equal(first(dynamic, 'none voluntary (full) lazy '), 'kprobe')
    t.equal(first(dynamic, 'full (lazy) '), 'kprobe')
    t.equal(first(dynamic), 'kprobe', 'where it is not known, it may')
    t.end()
  },
)
