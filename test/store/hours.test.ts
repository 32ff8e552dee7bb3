/** Minutes become hours and are read together: every call counts exactly once, at whatever moment one looks. */
import fc from 'fast-check'
import t from 'tap'
import { Intake } from '../../src/store/intake.ts'
import { Store } from '../../src/store/store.ts'
import { readHistograms, readTotals } from '../../src/store/stored-totals.ts'
import { ends, epochNs, httpExchange, mysqlExchange } from './exchanges.ts'

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
  const intake = new Intake({ store, slowNs: 1e9, epochNs })
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

const always = { sinceMinute: 0, untilMinute: 2 ** 40 }

function byKey(store: Store, question: Parameters<typeof readTotals>[1], grouping: Parameters<typeof readTotals>[2]) {
  const names = new Map(store.database.prepare('SELECT id, digestText FROM digests').raw().all() as [number, string][])
  const digestTexts = ['select a from t where id = ?', 'insert into t values (...)', 'commit']
  const pods = new Map(
    store.database.prepare('SELECT c.id, e.pod FROM callers c JOIN endpoints e ON e.id = c.client').raw().all() as [
      number,
      string | null,
    ][],
  )
  return Object.fromEntries(
    readTotals(store.database, question, grouping).map(({ digest, caller, totals }) => {
      const key = [
        ...(digest === null ? [] : [digestTexts.indexOf(names.get(digest) ?? '')]),
        ...(caller === null ? [] : [pods.get(caller) === 'web-1' ? 1 : 0]),
      ].join(' ')
      const { count, sumNs, maxRows, sumNs2 } = totals
      return [key, { count, sumNs, maxRows, sumNs2 }]
    }),
  )
}

const groupings: [Parameters<typeof readTotals>[2], (call: Call) => string][] = [
  [{}, () => ''],
  [{ digest: true }, ({ text }) => `${text}`],
  [{ caller: true }, ({ connection }) => `${connection}`],
  [{ digest: true, caller: true }, ({ text, connection }) => `${text} ${connection}`],
]

void t.test('whatever is closed, compacted, late or half done, each call counts once', async (t) => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), fc.nat(72), fc.nat(72), (steps, from, hours) => {
      const store = Store.inMemory()
      const calls: Call[] = []
      for (const each of steps) {
        write(store, each.calls)
        calls.push(...each.calls)
        tidySlices(store, each.slices)
        for (const [grouping, keyOf] of groupings) t.same(byKey(store, always, grouping), naive(calls, keyOf))
        const view = store.database.prepare('SELECT ifnull(sum(count), 0) FROM all_totals').pluck().get()
        t.equal(view, calls.length)
      }
      // whole hours can always be told apart
      const hour = Math.floor(firstMinute / 60) + from
      const range = { sinceMinute: hour * 60, untilMinute: (hour + hours) * 60 }
      const inRange = calls.filter(({ minute }) => {
        const at = firstMinute + minute
        return at >= range.sinceMinute && at < range.untilMinute
      })
      for (const [grouping, keyOf] of groupings) t.same(byKey(store, range, grouping), naive(inRange, keyOf))
      const finest = { ...range, finest: true, protocol: 'mysql' as const }
      t.same(
        byKey(store, finest, { digest: true }),
        naive(inRange, ({ text }) => `${text}`),
      )
      const [histogram] = readHistograms(store.database, range)
      t.equal(histogram?.histogram.count ?? 0, inRange.length)
      t.equal(store.database.pragma('integrity_check', { simple: true }), 'ok')
      store.close()
    }),
    { numRuns: 40 },
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
  t.match(readTotals(store.database, { sinceMinute: firstMinute, untilMinute: firstMinute + 60 }), [
    { totals: { count: 4 } },
  ])
  const part = { sinceMinute: firstMinute + 30, untilMinute: firstMinute + 40 }
  t.match(readTotals(store.database, part), [{ totals: { count: 4 } }], 'a compacted hour is taken whole')
  const later = { sinceMinute: firstMinute + 62, untilMinute: firstMinute + 66 }
  t.match(readTotals(store.database, later), [{ totals: { count: 1 } }], 'another is not')
  const second = { sinceMinute: firstMinute + 60, untilMinute: firstMinute + 120 }
  t.match(readTotals(store.database, second), [{ totals: { count: 3 } }], 'what comes late is added to a closed hour')
  store.close()
})

void t.test('time lines come from minutes while there are any, from hours where there are none', async (t) => {
  const store = Store.inMemory()
  write(store, calls(0, 0, 1, 1, 120, 121))
  write(store, calls(0, 25 * 60 + 10))
  tidySlices(store, 1000)
  const buckets = (bucketMinutes: number) =>
    readTotals(store.database, { ...always, finest: true }, { bucketMinutes })
      .map(({ minute, totals }) => [(minute ?? 0) - firstMinute, totals.count])
      .sort(([one], [other]) => Number(one) - Number(other))
  t.strictSame(buckets(1), [
    [0, 3],
    [120, 1],
    [121, 1],
    [1510, 1],
  ])
  t.strictSame(buckets(60), [
    [0, 3],
    [120, 2],
    [1500, 1],
  ])
  store.close()
})

void t.test(
  'questions about a run, some callers, one digest or one protocol are answered from the same rows',
  async (t) => {
    const store = Store.inMemory()
    for (const source of ['one', 'two']) {
      store.beginRun({ startedAt: epochNs, source, kernel: null, attachMode: null, slowNs: null })
      write(store, [...calls(0, 0, 61), ...calls(1, 0), { text: 0, connection: 1, minute: 5, ms: 7 }])
      const intake = new Intake({ store, slowNs: 1e9, epochNs })
      intake.exchange(httpExchange({ startedAt: 0, endedAt: 1e6 }), ends())
      intake.flush()
    }
    const answers = () => {
      const { database } = store
      const digest = Number(database.prepare("SELECT id FROM digests WHERE digestText LIKE 'select%'").pluck().get())
      const web = database
        .prepare("SELECT c.id FROM callers c JOIN endpoints e ON e.id = c.client WHERE e.pod = 'web-1'")
        .pluck()
        .all() as number[]
      const count = (question: object, grouping = {}) =>
        readTotals(database, { ...always, ...question }, grouping).reduce((sum, { totals }) => sum + totals.count, 0)
      return [{}, { run: 1 }, { callers: web }, { digest }, { protocol: 'http' }, { digest, run: 2, callers: web }].map(
        (question) => [count(question), count(question, { digest: true }), count(question, { caller: true })],
      )
    }
    const open = answers()
    t.strictSame(open, [
      [10, 10, 10],
      [5, 5, 5],
      [2, 2, 2],
      [6, 6, 6],
      [2, 2, 2],
      [1, 1, 1],
    ])
    write(store, calls(2, 200))
    tidySlices(store, 100)
    t.equal((states(store) as unknown[]).length, 2)
    store.database.exec("DELETE FROM totals WHERE digest = (SELECT id FROM digests WHERE digestText = 'commit')")
    t.strictSame(answers(), open)
    store.close()
  },
)
