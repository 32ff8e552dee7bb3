/** A result far beyond the copy budget, on this machine's kernel. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { assertChecks } from './live-checks.ts'
import { skipUnlessRequired } from './required.ts'

const session = fileURLToPath(new URL('../../dist/test/kernel/budget-session.js', import.meta.url))
const skip = skipUnlessRequired(process.getuid?.() === 0 ? null : 'attaching needs root')

t.setTimeout(180_000)

void t.test('a large result costs little, and its record is exact and prompt', { skip }, (t) => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [session, 'tracepoint', '64'], { encoding: 'utf8' })
  assertChecks(t, 8, stdout, status, stderr)
  t.end()
})
