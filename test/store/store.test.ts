/** What the store keeps and gives back: runs, records, views, schemas, and what it forgets. */
import { statSync } from 'node:fs'
import t from 'tap'
import { Redaction } from '../../src/redaction/redaction.ts'
import { recordOf } from '../../src/records/record-of.ts'
import { storedExchanges } from '../../src/report/stored-exchanges.ts'
import { defaultStorePath, openForWriting } from '../../src/store/database.ts'
import { Intake } from '../../src/store/intake.ts'
import { migrations } from '../../src/store/schema.ts'
import { Store } from '../../src/store/store.ts'
import { ends, epochNs, httpExchange, idle, mysqlExchange, sessionState } from './exchanges.ts'
import { calls, codeOf, fill } from './small-store.ts'

void t.test('a store and its log are readable by their owner only', async (t) => {
  const path = `${t.testdir()}/s.db`
  const store = Store.openWriter(path)
  fill(store)
  for (const suffix of ['', '-wal', '-shm']) t.equal(statSync(path + suffix).mode & 0o777, 0o600, suffix)
  store.close()
})

void t.test('the default is in the state directory, which is made', async (t) => {
  const state = t.testdir()
  t.equal(defaultStorePath({ XDG_STATE_HOME: state }), `${state}/querytap/querytap.db`)
  t.match(defaultStorePath({}), /\.local\/state\/querytap\/querytap\.db$/)
})

void t.test('what several runs write adds up, and each run is known', async (t) => {
  const path = `${t.testdir()}/s.db`
  for (const source of ['live', 'live']) {
    const store = Store.openWriter(path)
    const run = store.beginRun({ startedAt: epochNs, source, kernel: '6.12', attachMode: 'kprobe', slowNs: 1e6 })
    fill(store)
    for (const unreadable of [0, 2, 3]) store.writeLosses(run, { ringFull: 0, unreadable })
    store.endRun(run, epochNs + 1n)
    store.close()
  }
  const store = Store.openReader(path)
  t.equal(calls(store), 20)
  t.strictSame(store.database.prepare('SELECT run, cause, count FROM lost ORDER BY run, cause').raw().all(), [
    [1, 'ringFull', 0],
    [1, 'unreadable', 3],
    [2, 'ringFull', 0],
    [2, 'unreadable', 3],
  ])
  store.close()
})

void t.test('a stored record comes back as it was', async (t) => {
  const store = Store.inMemory()
  const intake = new Intake({ store, slowNs: 0, epochNs, keepLiterals: true })
  const connection = ends({ pod: 'web-1', namespace: 'shop', container: 'ab'.repeat(32), node: 'n1', workload: 'web' })
  const exchanges = [
    mysqlExchange({
      startedAt: 123_456_789,
      endedAt: 223_456_789,
      serverStatus: 1 | 32,
      lastInsertId: '18446744073709551615',
    }),
    mysqlExchange({
      startedAt: 2e9,
      endedAt: 3e9,
      user: null,
      database: null,
      serverStatus: null,
      incompleteBecause: 'gap',
    }),
    mysqlExchange({
      startedAt: 4e9,
      endedAt: 5e9,
      status: 'error',
      errorCode: 1064,
      sqlState: '42000',
      errorMessage: 'no',
    }),
    httpExchange({ startedAt: 6e9, endedAt: 7e9, path: '/users/1', query: 'a=b' }),
    mysqlExchange(
      {
        startedAt: 8e9,
        endedAt: 9e9,
        attributes: { programName: 'mysql', clientName: 'libmariadb', clientVersion: '3.3', pid: 4711 },
        // one query attribute: count 1, one set, null bitmap, types and names follow, a string named a: b
        parameters: {
          kind: 'query',
          bytes: Uint8Array.of(0, 1, 0xfd, 0, 1, 0x61, 1, 0x62),
          length: 8,
          count: 1,
          types: null,
          named: true,
          flags: 0,
          charset: null,
          longData: null,
        },
        results: [
          { kind: 'rows', endedAt: 8.5e9, rowsReturned: 1, rowsAffected: 0, warnings: 0 },
          { kind: 'ok', endedAt: 9e9, rowsReturned: 0, rowsAffected: 3, warnings: 1 },
        ],
        sessionState: sessionState({
          variables: new Map([
            ['autocommit', 'ON'],
            ['__proto__', ''],
          ]),
          gtids: '0-10-35',
          transactionState: { ...idle, transaction: 'explicit', transactionalRead: true },
          transactionCharacteristics: 'START TRANSACTION READ ONLY;',
        }),
      },
      'select 1; update t set a = 1',
    ),
  ]
  for (const exchange of exchanges) intake.exchange(exchange, connection)
  intake.flush()
  const filter = {
    pod: [],
    namespace: [],
    digest: [],
    user: [],
    database: [],
    minDurationNs: null,
    errors: false,
    limit: 10,
  }
  const records = storedExchanges(store, filter).map(({ id: _id, ...record }) => record)
  t.same(
    records,
    exchanges.map((exchange) =>
      recordOf(exchange, connection, intake.digests.of(exchange), epochNs, new Redaction(true)),
    ),
  )
  t.match(records[0], {
    startedAt: '2026-05-01T12:00:00.123456789Z',
    noIndexUsed: true,
    inTransaction: true,
    autocommit: false,
  })
  t.match(records[3], { route: '/users/{id}' })
  t.match(records[4], {
    client: { pid: 100 },
    clientPid: 4711,
    results: [{ statement: 'select 1' }, { statement: 'update t set a = 1', endedNs: 1e9 }],
    gtids: '0-10-35',
    transactionState: { transaction: 'explicit', transactionalRead: true, transactionalWrite: false },
    transactionCharacteristics: 'START TRANSACTION READ ONLY;',
    sessionVariables: { autocommit: 'ON' },
  })
})

void t.test('views have plain names and work in any SQLite', async (t) => {
  const store = Store.inMemory()
  fill(store)
  for (const view of ['statements', 'requests', 'slow_statements', 'slow_requests', 'minutes', 'lost']) {
    t.ok(Array.isArray(store.database.prepare(`SELECT * FROM ${view}`).all()), view)
  }
  t.match(store.database.prepare('SELECT * FROM slow_statements').get(), {
    durationMs: 2,
    client: 'php-fpm@10.0.0.5',
    statement: 'SELECT 1',
  })
})

void t.test('a store of a later schema is left alone', async (t) => {
  const path = `${t.testdir()}/s.db`
  openForWriting(path).close()
  const later = openForWriting(path, [...migrations, 'CREATE TABLE later (a) STRICT;'.replace('(a)', '(a TEXT)')])
  t.equal(later.pragma('user_version', { simple: true }), migrations.length + 1)
  later.close()
  t.match(
    codeOf(() => Store.openReader(path)),
    `STORE_VERSION: open store ${path}: its schema has version ${migrations.length + 1}, this querytap knows up to version ${migrations.length}`,
  )
  t.match(
    codeOf(() => Store.openWriter(path)),
    /^STORE_VERSION/,
  )
})

void t.test('a migration that fails leaves the store as it was', async (t) => {
  const path = `${t.testdir()}/s.db`
  openForWriting(path).close()
  t.throws(() => openForWriting(path, [...migrations, 'CREATE TABLE half (a TEXT) STRICT; SELECT nonsense;']))
  const store = Store.openReader(path)
  t.equal(store.database.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'half'").pluck().get(), 0)
  store.close()
})

void t.test('age and size decide what is forgotten, the oldest first', async (t) => {
  const directory = t.testdir()
  const old = Store.openWriter(`${directory}/age.db`, { keepDays: 1 })
  const intake = new Intake({ store: old, slowNs: 1e6, epochNs, keepLiterals: true })
  const day = 86_400e9
  for (const at of [0, 0.5 * day, 3 * day]) {
    intake.exchange(mysqlExchange({ startedAt: at, endedAt: at + 2e6 }), ends())
    intake.flush()
  }
  t.equal(calls(old), 1)
  t.equal(old.database.prepare('SELECT count(*) FROM exchanges').pluck().get(), 1)
  old.close()

  const maxBytes = 600_000
  const small = Store.openWriter(`${directory}/size.db`, { maxBytes })
  const busy = new Intake({ store: small, slowNs: 0, epochNs, keepLiterals: true })
  for (let minute = 0; minute < 60; minute++) {
    for (let i = 0; i < 100; i++) {
      const startedAt = minute * 60e9 + i
      busy.exchange(
        mysqlExchange({ startedAt, endedAt: startedAt + 1e6 }, `SELECT c${i} FROM t WHERE a = '${'x'.repeat(200)}'`),
        ends(),
      )
    }
    busy.flush()
  }
  const pages = Number(small.database.pragma('page_count', { simple: true })) * 4096
  t.ok(pages < maxBytes * 2, `${pages} bytes`)
  t.equal(
    small.database.prepare('SELECT max(minute) FROM totals').pluck().get(),
    Number(epochNs / 60_000_000_000n) + 59,
  )
  small.close()
})
