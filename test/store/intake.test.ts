/** What the intake writes against a naive computation over the same exchanges, however they are cut into flushes. */
import fc from 'fast-check'
import t from 'tap'
import type { MysqlExchange } from '../../parsers/exchange.ts'
import type { QuerytapRecord } from '../../src/record.ts'
import { Histogram } from '../../src/store/histogram.ts'
import { Intake } from '../../src/store/intake.ts'
import { Store } from '../../src/store/store.ts'
import { ends, epochNs, httpExchange, mysqlExchange } from './exchanges.ts'

const slowNs = 100e6
const texts = ['SELECT a FROM t WHERE id = 1', 'INSERT INTO t VALUES (1)', 'COMMIT']
const connections = [ends({ port: 1 }), ends({ port: 2 }), ends({ pod: 'web-1', namespace: 'shop', port: 3 })]

const step = fc.record({
  text: fc.nat(texts.length - 1),
  connection: fc.nat(connections.length - 1),
  database: fc.constantFrom('shop', 'crm', null),
  startedAt: fc.nat(200_000).map((ms) => ms * 1e6),
  durationNs: fc.oneof(fc.integer({ min: 1, max: 300e6 }), fc.constant(null)),
  failed: fc.boolean(),
  rowsReturned: fc.oneof(fc.nat(10), fc.constant(null)),
  flushes: fc.integer({ min: 0, max: 9 }).map((each) => each === 0),
})

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

function exchangeOf(each: Step): MysqlExchange {
  const endedAt = each.durationNs === null ? null : each.startedAt + each.durationNs
  const status = endedAt === null ? 'unfinished' : each.failed ? 'error' : 'ok'
  const { startedAt, database, rowsReturned } = each
  return mysqlExchange({ startedAt, endedAt, status, database, rowsReturned }, texts[each.text])
}

function naive(steps: readonly Step[]): Record<string, Record<string, unknown>> {
  const totals: Record<string, { count: number; errors: number; unfinished: number; ns: number[]; rows: number }> = {}
  for (const each of steps) {
    const end = each.startedAt + (each.durationNs ?? 0)
    const minute = Math.floor((Number(epochNs / 1_000_000n) + end / 1e6) / 60_000)
    const client = each.connection === 2 ? 'shop/web-1' : 'php-fpm@10.0.0.5'
    const key = `${minute} ${each.text} ${client} ${each.database}`
    const total = (totals[key] ??= { count: 0, errors: 0, unfinished: 0, ns: [], rows: 0 })
    total.count++
    total.rows += each.rowsReturned ?? 0
    if (each.durationNs === null) total.unfinished++
    else {
      if (each.failed) total.errors++
      total.ns.push(each.durationNs)
    }
  }
  return Object.fromEntries(
    Object.entries(totals).map(([key, { ns, ...rest }]) => {
      const histogram = new Histogram()
      for (const each of ns) histogram.add(each)
      const sum = ns.reduce((total, each) => total + each, 0)
      const least = ns.length === 0 ? null : Math.min(...ns)
      const most = ns.length === 0 ? null : Math.max(...ns)
      return [key, { ...rest, sum, least, most, histogram: histogram.encode().toString('hex') }]
    }),
  )
}

function written(store: Store): Record<string, unknown> {
  const rows = store.database
    .prepare(
      `SELECT t.minute, d.digestText, coalesce(k.namespace || '/' || k.pod, k.comm || '@' || k.address) AS client, c.database,
         sum(count) AS count, sum(errors) AS errors, sum(unfinished) AS unfinished, sum(rowsReturned) AS rows, sum(sumNs) AS sum,
         min(minNs) AS least, max(maxNs) AS most, hex(merged_histogram(x'01', histogram)) AS histogram
       FROM totals t JOIN digests d ON d.id = t.digest JOIN callers c ON c.id = t.caller JOIN endpoints k ON k.id = c.client
       GROUP BY t.minute, t.digest, t.caller`,
    )
    .all() as Record<string, string | number | null>[]
  const digestTexts = ['select a from t where id = ?', 'insert into t values (...)', 'commit']
  return Object.fromEntries(
    rows.map(({ minute, digestText, client, database, histogram, ...rest }) => [
      `${minute} ${digestTexts.indexOf(String(digestText))} ${client} ${database}`,
      { ...rest, histogram: String(histogram).toLowerCase() },
    ]),
  )
}

void t.test('totals in the store are what adding up by hand gives', async (t) => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 120 }), (steps) => {
      const store = Store.inMemory()
      const intake = new Intake({ store, slowNs, epochNs, keepLiterals: true })
      for (const each of steps) {
        intake.exchange(exchangeOf(each), connections[each.connection] ?? ends())
        if (each.flushes) intake.flush()
      }
      intake.flush()
      t.same(written(store), naive(steps))
      const kept = steps.filter(
        ({ durationNs, failed }) => durationNs === null || durationNs >= slowNs || failed,
      ).length
      t.equal(
        store.database.prepare("SELECT count(*) FROM exchanges WHERE kept NOT IN ('sample', 'finding')").pluck().get(),
        kept,
      )
      store.close()
    }),
    { numRuns: 60 },
  )
})

void t.test('what is stored in full is announced as it finishes', async (t) => {
  const kept: QuerytapRecord[] = []
  const intake = new Intake({
    store: Store.inMemory(),
    slowNs,
    epochNs,
    keepLiterals: true,
    onKept: (record) => kept.push(record),
  })
  intake.exchange(mysqlExchange({ startedAt: 1e9, endedAt: 1e9 + slowNs }), ends())
  intake.exchange(mysqlExchange({ startedAt: 1e9, endedAt: 1e9 + slowNs - 1 }), ends())
  intake.exchange(mysqlExchange({ status: 'error', errorCode: 1064 }), ends())
  t.match(kept, [
    { startedAt: '2026-05-01T12:00:01.000000000Z', durationNs: slowNs, statement: 'SELECT 1' },
    { status: 'error', errorCode: 1064 },
  ])
})

void t.test('with a threshold of 0 everything is stored in full', async (t) => {
  const store = Store.inMemory()
  const intake = new Intake({ store, slowNs: 0, epochNs, keepLiterals: true })
  intake.exchange(mysqlExchange({ endedAt: 0 }), ends())
  intake.exchange(mysqlExchange({ command: 'COM_QUIT', text: null, endedAt: null, status: 'unanswered' }), ends())
  intake.flush()
  t.strictSame(store.database.prepare('SELECT kept, durationNs FROM exchanges').raw().all(), [
    ['slow', 0],
    ['slow', null],
  ])
})

void t.test('each digest has a sample although it was never slow, and the slowest replaces it', async (t) => {
  const store = Store.inMemory()
  const intake = new Intake({ store, slowNs, epochNs, keepLiterals: true })
  const samples = () => store.database.prepare("SELECT durationNs FROM exchanges WHERE kept = 'sample'").pluck().all()
  for (const endedAt of [5e6, 2e6, 9e6]) intake.exchange(mysqlExchange({ endedAt }), ends())
  intake.flush()
  t.strictSame(samples(), [9e6])
  intake.exchange(mysqlExchange({ endedAt: 12e6 }), ends())
  intake.exchange(mysqlExchange({ endedAt: 11e6 }), ends())
  intake.flush()
  t.strictSame(samples(), [12e6])
  intake.exchange(mysqlExchange({ endedAt: null, command: 'COM_QUIT', text: null, status: 'unanswered' }), ends())
  intake.flush()
  t.strictSame(samples(), [12e6, null])
})

void t.test('a pod that becomes known in mid-connection is counted from the next flush on', async (t) => {
  const store = Store.inMemory()
  const intake = new Intake({ store, slowNs, epochNs, keepLiterals: true })
  const connection = ends()
  intake.exchange(mysqlExchange(), connection)
  intake.flush()
  Object.assign(connection.client, { pod: 'web-1', namespace: 'shop' })
  intake.exchange(mysqlExchange(), connection)
  intake.flush()
  t.strictSame(store.database.prepare('SELECT client FROM minutes ORDER BY client').pluck().all(), [
    'php-fpm@10.0.0.5',
    'shop/web-1',
  ])
})

void t.test('more totals than memory may hold are written before the timer asks', async (t) => {
  const store = Store.inMemory()
  const intake = new Intake({ store, slowNs, epochNs, keepLiterals: true })
  for (let i = 0; i < 25_000; i++)
    intake.exchange(
      mysqlExchange({ startedAt: i, endedAt: i + 1e6 }, `SELECT c${i} FROM t`),
      ends({ comm: `c${i % 3}` }),
    )
  t.ok(Number(store.database.prepare('SELECT count(*) FROM totals').pluck().get()) >= 20_000)
  intake.flush()
  t.equal(store.database.prepare('SELECT sum(count) FROM totals').pluck().get(), 25_000)
})

void t.test('HTTP and MySQL totals stand side by side', async (t) => {
  const store = Store.inMemory()
  const intake = new Intake({ store, slowNs, epochNs, keepLiterals: true })
  intake.exchange(mysqlExchange(), ends())
  intake.exchange(httpExchange({ path: '/a/1' }), ends())
  intake.exchange(httpExchange({ path: '/a/2', statusCode: 500, status: 'error' }), ends())
  intake.flush()
  t.strictSame(store.database.prepare('SELECT request, calls, errors FROM requests').raw().all(), [
    ['GET shop /a/{id}', 2, 1],
  ])
  t.equal(store.database.prepare('SELECT calls FROM statements').pluck().get(), 1)
})
