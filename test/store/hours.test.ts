/** Minutes become hours and are read together: every call counts exactly once, at whatever moment one looks. */
import fc from 'fast-check'
import t from 'tap'
import { Intake } from '../../src/store/intake.ts'
import { readReport } from '../../src/report/report.ts'
import { Store } from '../../src/store/store.ts'
import { ends, epochNs, mysqlExchange } from './exchanges.ts'

const minuteNs = 60e9
const firstMinute = Number(epochNs / 60_000_000_000n)
const texts = ['SELECT a FROM t WHERE id = 1', 'INSERT INTO t VALUES (1)', 'COMMIT']
const connections = [ends({ port: 1 }), ends({ pod: 'web-1', namespace: 'shop', port: 3 })]

interface Call {
  text: number
  connection: number
  minute: number
  ms: number
}

const call = fc.record({
  text: fc.nat(texts.length - 1),
  connection: fc.nat(connections.length - 1),
  minute: fc.oneof(fc.nat(300), fc.nat(3 * 24 * 60)),
  ms: fc.integer({ min: 1, max: 50 }),
})

/** Writes, and then sums up for so many slices; now and then by another writer, as after a restart. */
const step = fc.record({ calls: fc.array(call, { maxLength: 12 }), slices: fc.nat(40) })

function write(store: Store, calls: readonly Call[]): void {
  const intake = new Intake({ store, slowNs: 1e9, epochNs, keepLiterals: true })
  for (const { text, connection, minute, ms } of calls) {
    const endedAt = minute * minuteNs + 1e9
    intake.exchange(
      mysqlExchange({ startedAt: endedAt - ms * 1e6, endedAt, rowsReturned: ms }, texts[text]),
      connections[connection] ?? ends(),
    )
  }
  intake.flush()
}

function tidySlices(store: Store, slices: number): void {
  for (let i = 0; i < slices; i++) if (!store.tidy(0)) return
}

function naive(calls: readonly Call[], keyOf: (call: Call) => string): Record<string, unknown> {
  const sums: Record<string, { count: number; sumNs: number; maxRows: number; ms: number[] }> = {}
  for (const each of calls) {
    const sum = (sums[keyOf(each)] ??= { count: 0, sumNs: 0, maxRows: 0, ms: [] })
    sum.count++
    sum.sumNs += each.ms * 1e6
    sum.maxRows = Math.max(sum.maxRows, each.ms)
    sum.ms.push(each.ms)
  }
  return Object.fromEntries(
    Object.entries(sums).map(([key, { ms, ...sum }]) => [
      key,
      { ...sum, sumNs2: ms.reduce((all, each) => all + (each * 1e6) ** 2, 0) },
    ]),
  )
}

/** Sums of rows of totals, by digest, client or both. */
function sums(store: Store, rows: string, digest: boolean, client: boolean): Record<string, unknown> {
  const digestTexts = "CASE substr(d.digestText, 1, 6) WHEN 'select' THEN 0 WHEN 'insert' THEN 1 ELSE 2 END"
  const keys = [...(digest ? [digestTexts] : []), ...(client ? ["(e.pod IS 'web-1')"] : [])]
  const found = store.database
    .prepare(
      `SELECT ${keys.length === 0 ? "''" : keys.join(" || ' ' || ")} AS key, sum(count) AS count, sum(sumNs) AS sumNs, max(maxRows) AS maxRows,
         sum(sumNs2) AS sumNs2 FROM (${rows}) t ${digest ? 'JOIN digests d ON d.id = t.digest' : ''}
         ${client ? 'JOIN callers c ON c.id = t.caller JOIN endpoints e ON e.id = c.client' : ''} GROUP BY 1`,
    )
    .all() as ({ key: string } & Record<string, unknown>)[]
  return Object.fromEntries(found.map(({ key, ...sum }) => [key, sum]))
}

const openMinutes = 'FROM totals WHERE minute / 60 NOT IN (SELECT hour FROM closed_hours)'
const measures = 'count, sumNs, maxRows, sumNs2'

/** Each way to read the store, with what its answer is by. */
const ways: [rows: string, digest: boolean, client: boolean, keyOf: (call: Call) => string][] = [
  ['SELECT * FROM all_totals', false, false, () => ''],
  ['SELECT * FROM all_totals', true, true, ({ text, connection }) => `${text} ${connection}`],
  [
    `SELECT digest, ${measures} ${openMinutes} UNION ALL SELECT digest, ${measures} FROM closed_hours JOIN hour_digests USING (hour)`,
    true,
    false,
    ({ text }) => `${text}`,
  ],
  [
    `SELECT caller, ${measures} ${openMinutes} UNION ALL SELECT caller, ${measures} FROM closed_hours JOIN hour_callers USING (hour)`,
    false,
    true,
    ({ connection }) => `${connection}`,
  ],
]

void t.test('whatever is closed, compacted, late or half done, each call counts once', async (t) => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
      const store = Store.inMemory()
      const calls: Call[] = []
      for (const each of steps) {
        write(store, each.calls)
        calls.push(...each.calls)
        tidySlices(store, each.slices)
        for (const [rows, digest, client, keyOf] of ways) t.same(sums(store, rows, digest, client), naive(calls, keyOf))
        const report = readReport(store, { protocol: 'mysql', limit: 10 })
        t.equal(report.calls, calls.length)
        t.equal(
          report.profile.reduce((sum, row) => sum + row.calls, 0),
          calls.length,
        )
      }
      t.equal(store.database.pragma('integrity_check', { simple: true }), 'ok')
      store.close()
    }),
    { numRuns: 30 },
  )
})

function states(store: Store): unknown {
  return store.database.prepare('SELECT hour, compacted FROM closed_hours ORDER BY hour').raw().all()
}

function calls(text: number, ...minutes: number[]): Call[] {
  return minutes.map((minute) => ({ text, connection: 0, minute, ms: 5 }))
}

void t.test('an hour closes when it is over, and gives its minutes up after a day', async (t) => {
  const store = Store.inMemory()
  const first = firstMinute / 60
  t.ok(Number.isInteger(first))
  write(store, calls(0, 0, 1, 59, 62))
  tidySlices(store, 100)
  t.strictSame(states(store), [], 'only just over')
  write(store, calls(0, 66))
  tidySlices(store, 100)
  t.strictSame(states(store), [[first, 0]])
  const minutes = () =>
    store.database
      .prepare('SELECT count(*) FROM totals WHERE minute < ?')
      .pluck()
      .get(firstMinute + 60)
  t.equal(minutes(), 3)
  write(store, calls(0, 25 * 60 + 10))
  tidySlices(store, 100)
  t.strictSame(states(store), [
    [first, 1],
    [first + 1, 0],
  ])
  t.equal(minutes(), 0)

  write(store, calls(1, 70, 30))
  t.equal(minutes(), 0, 'what comes late is added to a compacted hour')
  const hours = 'SELECT (minute - CAST(? AS INTEGER)) / 60 AS hour, sum(count), sum(minutes) FROM all_totals GROUP BY 1'
  tidySlices(store, 100)
  t.strictSame(store.database.prepare(hours).raw().all(firstMinute), [
    [0, 4, 2 * 60],
    [1, 3, 2 * 60],
    [25, 1, 1],
  ])
  store.close()
})
