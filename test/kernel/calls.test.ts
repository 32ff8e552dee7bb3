/** Every call that moves bytes, on this machine's kernel. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { assertChecks } from './live-checks.ts'
import { skipUnlessRequired } from './required.ts'

const session = fileURLToPath(new URL('../../dist/test/kernel/calls-session.js', import.meta.url))
const skip = skipUnlessRequired(process.getuid?.() === 0 ? null : 'attaching needs root')

t.setTimeout(120_000)

void t.test('every byte that a call moves is captured once, at its position', { skip }, (t) => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [session, 'tracepoint'], { encoding: 'utf8' })
  assertChecks(t, 55, stdout, status, stderr)
  t.end()
})
