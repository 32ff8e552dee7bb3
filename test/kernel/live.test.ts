/** The live session on this machine's kernel: in tracepoint mode, which needs no kprobes. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { assertChecks } from './live-checks.ts'
import { skipUnlessRequired } from './required.ts'

const session = fileURLToPath(new URL('../../dist/test/kernel/live-session.js', import.meta.url))
const skip = skipUnlessRequired(process.getuid?.() === 0 ? null : 'attaching needs root')

t.setTimeout(180_000)

void t.test('every statement of the general log is captured once, with what the driver was told', { skip }, (t) => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [session, 'tracepoint'], { encoding: 'utf8' })
  assertChecks(t, 33, stdout, status, stderr)
  t.end()
})
