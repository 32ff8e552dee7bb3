/** A capture's memory without what only its start needed. */
import { randomBytes } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import t from 'tap'
import { giveBackProgramPages } from '../../src/capture/program-pages.ts'

const MiB = 2 ** 20

void t.test('pages of the program leave memory, and it runs on', (t) => {
  const before = process.memoryUsage.rss()
  const bytes = giveBackProgramPages()
  const saved = before - process.memoryUsage.rss()
  t.ok(bytes > 10 * MiB, `${bytes} bytes given back`)
  t.ok(saved > 5 * MiB, `memory is less by ${saved} bytes`)
  const noise = randomBytes(MiB)
  t.ok(gunzipSync(gzipSync(noise)).equals(noise), 'code and constants are there again')
  t.throws(() => JSON.parse('{'), SyntaxError)
  t.end()
})
