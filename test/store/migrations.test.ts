/** Stores of each earlier schema become stores of the present one, with all that they hold. */
import Database from 'better-sqlite3'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { openForWriting } from '../../src/store/database.ts'
import { recordOfRow } from '../../src/store/exchange-rows.ts'
import { Intake } from '../../src/store/intake.ts'
import { migrations } from '../../src/store/schema.ts'
import { Store } from '../../src/store/store.ts'
import { views } from '../../src/store/views.ts'
import { ends, epochNs, mysqlExchange, sessionState } from './exchanges.ts'

const shared =
  'count, timed, errors, unfinished, incomplete, sumNs, minNs, maxNs, rowsReturned, rowsAffected, noIndexUsed, requestBytes, responseBytes, firstAt, lastAt, hex(histogram)'
const totals = `SELECT minute, digest, caller, run, ${shared} FROM totals ORDER BY 1, 2, 3, 4`
const tables = ['runs', 'losses', 'digests', 'endpoints', 'callers']

function rows(database: Database.Database, query: string): unknown[] {
  return database.prepare(query).safeIntegers().raw().all()
}

function oldStore(path: string): Database.Database {
  const database = new Database(path)
  database.exec(readFileSync(fileURLToPath(new URL('../../fixtures/stores/version-1.sql', import.meta.url)), 'utf8'))
  return database
}

void t.test('a store of version 1 is brought up to date, all data kept', async (t) => {
  const path = `${t.testdir()}/s.db`
  const old = oldStore(path)
  t.equal(old.pragma('user_version', { simple: true }), 1)
  const before = [totals, ...tables.map((table) => `SELECT * FROM ${table}`)].map((query) => rows(old, query))
  t.ok(before.every((each) => each.length > 0))
  const exchanges = old.prepare('SELECT * FROM exchanges').safeIntegers().all() as Record<string, unknown>[]
  old.close()

  const store = Store.openReader(path)
  const { database } = store
  t.equal(database.pragma('user_version', { simple: true }), migrations.length)
  t.strictSame(
    [totals, ...tables.map((table) => `SELECT * FROM ${table}`)].map((query) => rows(database, query)),
    before,
  )
  t.match(database.prepare('SELECT * FROM exchanges').safeIntegers().all(), exchanges)
  for (const raw of database.prepare('SELECT * FROM exchange_records').safeIntegers().all()) {
    const record = recordOfRow(raw as Record<string, unknown>)
    if (record.protocol === 'mysql') t.match(record, { parameters: null, results: null, tags: null, redacted: null })
  }
  t.strictSame(rows(database, "SELECT name FROM sqlite_schema WHERE type = 'view' ORDER BY name").flat(), [
    ...Object.keys(views).sort(),
  ])
  store.close()
})

void t.test('a store of version 4 gets room for what session tracking tells, unknown of what it holds', async (t) => {
  const path = `${t.testdir()}/s.db`
  oldStore(path).close()
  const old = openForWriting(path, migrations.slice(0, 4))
  old.prepare(`UPDATE exchanges SET dialled = '{"address":"10.96.0.1","port":3306}', autocommit = 1`).run()
  const before = old.prepare('SELECT * FROM exchanges').safeIntegers().all() as Record<string, unknown>[]
  old.close()
  t.ok(before.length > 0 && !('gtids' in (before[0] ?? {})))

  const store = Store.openWriter(path)
  const absent = { gtids: null, transactionState: null, transactionCharacteristics: null, sessionVariables: null }
  t.strictSame(
    store.database.prepare('SELECT * FROM exchanges').safeIntegers().all(),
    before.map((row) => ({ ...row, ...absent })),
  )
  const intake = new Intake({ store, slowNs: 0, epochNs, keepLiterals: true })
  intake.exchange(mysqlExchange({ sessionState: sessionState({ gtids: '0-10-35' }) }), ends())
  intake.flush()
  const [row] = store.database.prepare('SELECT * FROM exchange_records WHERE gtids IS NOT NULL').safeIntegers().all()
  t.match(recordOfRow(row as Record<string, unknown>), { gtids: '0-10-35', transactionState: null })
  store.close()
})

void t.test(
  'a migrated store is written to like a fresh one: what was not measured before stays unknown',
  async (t) => {
    const path = `${t.testdir()}/s.db`
    oldStore(path).close()
    const store = Store.openWriter(path)
    t.equal(store.database.prepare('SELECT count(*) FROM totals WHERE sumNs2 IS NOT NULL').pluck().get(), 0)
    t.equal(store.database.pragma('integrity_check', { simple: true }), 'ok')
    store.close()
  },
)
