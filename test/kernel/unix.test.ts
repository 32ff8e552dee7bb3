/** Unix-domain sockets on this machine's kernel: in tracepoint mode, which needs no kprobes. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { assertChecks } from './live-checks.ts'
import { skipUnlessRequired } from './required.ts'

const session = fileURLToPath(new URL('../../dist/test/kernel/unix-session.js', import.meta.url))
const skip = skipUnlessRequired(process.getuid?.() === 0 ? null : 'attaching needs root')

t.setTimeout(300_000)

void t.test('every statement that came through a unix-domain socket is captured once', { skip }, (t) => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [session, 'tracepoint'], { encoding: 'utf8' })
  assertChecks(t, 23, stdout, status, stderr)
  t.end()
})
