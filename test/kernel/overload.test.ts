/** A reader that stops for a while, on this machine's kernel. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { assertChecks } from './live-checks.ts'
import { skipUnlessRequired } from './required.ts'

const session = fileURLToPath(new URL('../../dist/test/kernel/overload-session.js', import.meta.url))
const skip = skipUnlessRequired(process.getuid?.() === 0 ? null : 'attaching needs root')

t.setTimeout(300_000)

void t.test('when the ring overflows, nothing wrong is told, what is not is counted, and it ends', { skip }, (t) => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [session, 'tracepoint'], { encoding: 'utf8' })
  assertChecks(t, 13, stdout, status, stderr)
  t.end()
})
