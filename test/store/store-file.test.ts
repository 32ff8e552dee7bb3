/** The store as a file: who may open it, what happens when it is the wrong one, and that nothing tears it. */
import Database from 'better-sqlite3'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { Store } from '../../src/store/store.ts'
import { kill, startWriter } from './child.ts'
import { calls, codeOf, fill } from './small-store.ts'

const nobody = 65534

void t.test('what cannot be a store is refused with the reason', async (t) => {
  const directory = t.testdir({ text: 'not a database, but long enough to be looked at as one '.repeat(20), empty: '' })
  const foreign = new Database(`${directory}/foreign.db`)
  foreign.exec('CREATE TABLE songs (title TEXT)')
  foreign.close()
  const cases: [path: string, expected: RegExp][] = [
    [`${directory}/text`, /^STORE_CORRUPT: .* is not a SQLite file/],
    [`${directory}/foreign.db`, /^STORE_CORRUPT: .* another program's SQLite file/],
    [directory, /^STORE_PATH: .* is a directory/],
    [`${directory}/none/s.db`, /^STORE_PATH: .* (no such directory|nothing captured yet)/],
    [`${directory}/text/s.db`, /^STORE_PATH: .* (not a directory|nothing captured yet)/],
  ]
  for (const [path, expected] of cases) {
    t.match(
      codeOf(() => Store.openWriter(path)),
      expected,
    )
    t.match(
      codeOf(() => Store.openReader(path)),
      expected,
    )
  }
  t.match(
    codeOf(() => Store.openReader(`${directory}/absent.db`)),
    /^STORE_PATH: .* nothing captured yet/,
  )
  t.equal(readFileSync(`${directory}/text`, 'utf8').slice(0, 14), 'not a database')
})

void t.test('a path that may not be written is refused', (t) => {
  const directory = t.testdir({ closed: {} })
  chmodSync(`${directory}/closed`, 0o500)
  // root may write anywhere: the attempt is nobody's
  const isRoot = process.geteuid?.() === 0
  if (isRoot) process.seteuid?.(nobody)
  try {
    t.match(
      codeOf(() => Store.openWriter(`${directory}/closed/s.db`)),
      /^STORE_PATH: .* permission denied/,
    )
  } finally {
    if (isRoot) process.seteuid?.(0)
  }
  t.end()
})

void t.test('a damaged file is told from a foreign one', async (t) => {
  const path = `${t.testdir()}/s.db`
  const store = Store.openWriter(path)
  fill(store, 500)
  store.close()
  const bytes = readFileSync(path)
  bytes.fill(0xff, 4096)
  writeFileSync(path, bytes)
  t.match(
    codeOf(() => Store.openWriter(path)),
    /^STORE_CORRUPT: .* is damaged/,
  )
})

void t.test(
  'a reader sees what a writer in another process wrote, and a second writer is told whose turn it is',
  async (t) => {
    const path = `${t.testdir()}/s.db`
    const { child } = await startWriter(path)
    t.teardown(() => kill(child))
    const reader = Store.openReader(path)
    const before = Number(calls(reader))
    t.ok(before > 0)
    const deadline = Date.now() + 20_000
    while (Number(calls(reader)) <= before && Date.now() < deadline) await delay(20)
    t.ok(Number(calls(reader)) > before)
    reader.close()
    t.match(
      codeOf(() => Store.openWriter(path)),
      `STORE_BUSY: open store ${path}: process ${child.pid} is writing to it`,
    )
  },
)

void t.test('a writer of an earlier boot, or a pid that is another process now, does not keep the store', async (t) => {
  const path = `${t.testdir()}/s.db`
  Store.openWriter(path).close()
  for (const row of [`(1, ${process.pid}, '1', 'x')`, `(1, ${process.pid}, 'x', (SELECT 'boot'))`]) {
    const database = new Database(path)
    database.exec(`REPLACE INTO writer VALUES ${row}`)
    database.close()
    Store.openWriter(path).close()
  }
})
