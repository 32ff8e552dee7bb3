/** The report on a store whose content is known: real numbers in the data and in the text. */
import t from 'tap'
import { reportText } from '../../src/report/report-text.ts'
import { readReport } from '../../src/report/report.ts'
import { Intake } from '../../src/store/intake.ts'
import { Store } from '../../src/store/store.ts'
import { filled } from './filled-store.ts'
import { ends, epochNs, httpExchange, mysqlExchange } from '../store/exchanges.ts'

const page = { width: 120, color: false }
const mysql = { protocol: 'mysql', limit: 10 } as const

void t.test('the figures of the whole and of each digest are right', async (t) => {
  const { profile, ...whole } = readReport(filled(), mysql)
  t.match(whole, {
    since: '2026-05-01T12:00:01.000000000Z',
    until: '2026-05-01T12:03:19.001000000Z',
    calls: 111,
    digests: 3,
    totalNs: 5050e6 + 2000e6 + 1e6,
    errors: 1,
    incomplete: 0,
    lost: { ringFullRecords: 0, unreadableMemory: 3 },
    otherCalls: { http: 1 },
  })
  t.ok(Math.abs(whole.callsPerSecond - 111 / 198.001) < 1e-9)
  const [select, update, broken] = profile
  t.match(select, {
    rank: 1,
    digestText: 'select * from Orders where id = ?',
    calls: 100,
    totalNs: 5050e6,
    minNs: 1e6,
    avgNs: 50.5e6,
    maxNs: 100e6,
    rowsReturned: 200,
    errors: 0,
    users: [{ name: 'app', calls: 100 }],
    databases: [{ name: 'shop', calls: 100 }],
    clients: [
      { name: 'shop/web-7d9f', calls: 75 },
      { name: 'crm/api-1', calls: 25 },
    ],
    servers: [{ name: '10.0.0.7:3306', calls: 100 }],
    sample: { statement: 'SELECT * FROM Orders WHERE id = 100', durationNs: 100e6 },
  })
  for (const [quantile, exact] of [
    [select?.p50Ns, 50e6],
    [select?.p95Ns, 95e6],
    [select?.p99Ns, 99e6],
  ] as const) {
    t.ok(Math.abs((quantile ?? 0) - exact) <= exact * 0.01, `${quantile} for ${exact}`)
  }
  t.strictSame(
    select?.distribution.map(({ fromNs, calls }) => [fromNs, calls]),
    [
      [1e6, 1],
      [2e6, 3],
      [5e6, 5],
      [1e7, 10],
      [2e7, 30],
      [5e7, 50],
      [1e8, 1],
    ],
  )
  t.equal(select?.typicalSample?.durationNs, 50e6)
  t.strictSame(select?.timeLine.calls, [59, 41, 0, 0])
  t.match(update, { rank: 2, calls: 10, rowsAffected: 50, noIndexUsed: 10, databases: [{ name: null, calls: 10 }] })
  t.match(broken, { rank: 3, calls: 1, errors: 1 })
})

void t.test('the text says it in figures that people read', async (t) => {
  const text = reportText(filled(), mysql, page)
  for (const line of [
    '# querytap report: MySQL statements by total time\n',
    '# Range         2026-05-01 12:00:01 to 12:03:19 UTC (3m 18s)\n',
    '# Calls         111 of 3 digests, 0.56/s\n',
    '# Time          7.05s in total, concurrency 0.04\n',
    '# Errors        1 (0.9%), 0 unfinished\n',
    '# Lost          3 (3 pieces of unreadable memory); 0 calls not seen in full\n',
    '# Clients       shop/web-7d9f (75), crm/api-1 (25)\n',
    '# Databases     - (10)\n',
    "# Calls         10, 0 errors, 100.0% without an index, by the server's own flag\n",
    'USE `shop`;\nEXPLAIN SELECT * FROM Orders WHERE id = 100;\n',
    'EXPLAIN UPDATE Orders\n   SET a = 10;\n',
    '#   SHOW CREATE TABLE `shop`.`Orders`\\G\n',
    "#   SHOW TABLE STATUS FROM `shop` LIKE 'Orders'\\G\n",
    '# not to paste: EXPLAIN does not take it\n# SELEC 1\n',
    '\n#\n# Findings: 1, by what they cost\n',
    '# Found         10 times, 2.00s in total, 200ms the longest\n',
  ]) {
    t.ok(text.includes(line), line)
  }
  t.match(
    text,
    /^# 1 +[0-9a-f]{16} +71\.6% +█{8} +5\.05s +100 +50\.5ms +9\d\.\dms +9\d\.\dms +100ms +2 +0 +SELECT Orders$/m,
  )
  t.ok(
    text.split('\n').every((line) => line.length <= page.width),
    'nothing is wider than the page',
  )
})

void t.test('a narrow terminal cuts statements, not figures', async (t) => {
  const store = Store.inMemory()
  const intake = new Intake({ store, slowNs: 1e6, epochNs, keepLiterals: true })
  intake.exchange(
    mysqlExchange({}, `SELECT ${Array.from({ length: 50 }, (_, i) => `column${i}`).join(', ')} FROM t`),
    ends(),
  )
  intake.flush()
  const rows = reportText(store, mysql, { width: 110, color: false }).split('\n')
  t.ok(rows.some((line) => line.includes('select column0')))
  t.ok(rows.every((line) => line.length <= 110 || line.startsWith('EXPLAIN')))
})

void t.test('what the database sent cannot move the cursor of a terminal', async (t) => {
  const store = Store.inMemory()
  const intake = new Intake({ store, slowNs: 1, epochNs, keepLiterals: true })
  intake.exchange(mysqlExchange({ user: 'a\u001b[2Jb' }, 'SELECT \u001b]0;x\u0007 1'), ends({ comm: '\u001b[31mred' }))
  intake.flush()
  t.notMatch(reportText(store, mysql, page), '\u001b')
})

void t.test('a store without statements says so, and lost data is a number', async (t) => {
  const store = Store.inMemory()
  t.match(reportText(store, mysql, page), /0: no statement in this range\n# Lost +0; 0 calls/)
  const intake = new Intake({ store, slowNs: 1, epochNs, keepLiterals: true })
  intake.exchange(httpExchange(), ends())
  intake.flush()
  t.match(reportText(store, mysql, page), 'but 1 over http: see `querytap report --protocol http`')
  t.match(reportText(store, { protocol: 'http', limit: 10 }, page), /GET shop \/$/m)
})

void t.test('a report of one run has nothing of another in the same minute', async (t) => {
  const store = filled()
  const run = store.beginRun({ startedAt: epochNs, source: 'live', kernel: null, attachMode: null, slowNs: 1 })
  const intake = new Intake({ store, slowNs: 50e6, epochNs, keepLiterals: true })
  intake.exchange(mysqlExchange({ startedAt: 5e9, endedAt: 6e9 }), ends())
  intake.flush()
  t.match(readReport(store, { ...mysql, run }), { calls: 1, lost: {} })
  t.match(readReport(store, mysql), { calls: 112 })
})
