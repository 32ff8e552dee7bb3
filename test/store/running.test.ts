/** What runs now: in the store while it runs and no longer, announced seldom, without its values. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { Unanswered } from '../../src/connections/unanswered.ts'
import { Digests } from '../../src/digest/digests.ts'
import { runningLine } from '../../src/live-view/slow-line.ts'
import { Redaction } from '../../src/redaction/redaction.ts'
import { reportHtml } from '../../src/report/report-html.ts'
import { reportText } from '../../src/report/report-text.ts'
import { readReport } from '../../src/report/report.ts'
import { Running } from '../../src/running.ts'
import { Store } from '../../src/store/store.ts'
import { ends, mysqlExchange } from './exchanges.ts'

const mysql = { protocol: 'mysql', limit: 10 } as const
const page = { width: 140, color: false }

/** @returns a capture that began a second ago, and what it announces */
function capturing(store: Store, slowNs = 100e6) {
  const epochNs = BigInt(Date.now() - 1000) * 1_000_000n
  store.beginRun({ startedAt: epochNs, source: 'live', kernel: null, attachMode: null, slowNs })
  const lines: string[] = []
  const running = new Running({
    store,
    slowNs,
    epochNs,
    digests: new Digests(),
    redaction: new Redaction(false),
    onRunning: (record, ageNs) => lines.push(runningLine(record, 200, ageNs)),
  })
  return { running, lines }
}

function asked(startedAt: number, sql: string, client = {}): Unanswered {
  const nothing = { firstByteAt: null, endedAt: null, status: 'unfinished' } as const
  return { exchange: mysqlExchange({ ...nothing, startedAt, connectionId: 42 }, sql), ends: ends(client) }
}

const viewed = (store: Store) => store.database.prepare('SELECT * FROM running_statements').all()

void t.test('what runs is in the store as of the last look, without its values', async (t) => {
  const store = Store.inMemory()
  const { running } = capturing(store)
  const long = asked(0, "UPDATE t SET secret = 'hunter2' WHERE id = 7")
  running.look([asked(0.5e9, 'SELECT 1'), long], 2e9)
  t.match(viewed(store), [
    { ageMs: 2000, user: 'app', database: 'shop', connectionId: 42, statement: 'UPDATE t SET secret = ? WHERE id = ?' },
    { ageMs: 1500 },
  ])
  running.look([long], 3e9)
  t.match(viewed(store), [{ ageMs: 3000 }])
  t.equal(viewed(store).length, 1)
  running.end()
  t.strictSame(viewed(store), [])
})

void t.test('a statement is announced when it is slow, and at 10 s, a minute, ten minutes and an hour', async (t) => {
  const { running, lines } = capturing(Store.inMemory())
  const one = asked(0, 'SELECT SLEEP(9999)')
  for (let second = 1; second <= 7300; second++) running.look([one], second * 1e9)
  t.strictSame(
    lines.map((line) => line.split(/ +/)[1]),
    ['>1.00s', '>10.0s', '>60.0s', '>10m', '>1h'],
  )
  t.match(lines[0], /STILL RUNNING {2}SELECT SLEEP\(\?\)$/)
})

void t.test('of a server that hangs the store has a thousand, and one look announces twenty', async (t) => {
  const store = Store.inMemory()
  const { running, lines } = capturing(store)
  const all = Array.from({ length: 1500 }, (_, i) => asked(i, 'SELECT 1', { port: 1000 + i }))
  running.look(all, 2e9)
  t.equal(viewed(store).length, 1000)
  t.equal(lines.length, 20)
})

void t.test('the report shows it while a capture writes, as text only, and for who is asked for', async (t) => {
  const store = Store.inMemory()
  const { running } = capturing(store)
  running.look([asked(0, 'SELECT `<img src=x>` FROM t FOR UPDATE', { pod: 'web-1', namespace: 'shop' })], 1e9)
  t.match(
    reportText(store, mysql, page),
    /^# Running now: 1, the longest first\n#.*\n# 1\.00s +42 +app@shop +shop\/web-1/m,
  )
  t.match(reportHtml(store, mysql), /<h2>Running now<\/h2>[^]*&lt;img src=x&gt;/)
  t.match(readReport(store, mysql).running, [{ ageNs: 1e9, client: 'shop/web-1', connectionId: 42 }])
  t.equal(readReport(store, { ...mysql, pod: ['shop/web-*'] }).running.length, 1)
  t.equal(readReport(store, { ...mysql, pod: ['shop/api-*'] }).running.length, 0)
  running.end()
  t.notMatch(reportText(store, mysql, page), 'Running now')
})

void t.test('what a killed capture left is not shown as running, and the next writer removes it', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'querytap-running-'))
  const path = join(directory, 'store.db')
  const left = Store.openWriter(path)
  const { running } = capturing(left)
  running.look([asked(0, 'SELECT 1')], 2e9)
  left.database.exec('UPDATE running SET seenAt = seenAt - 20000000000')
  t.equal(viewed(left).length, 1)
  t.strictSame(readReport(left, mysql).running, [])
  left.close()
  const next = Store.openWriter(path)
  t.strictSame(viewed(next), [])
  next.close()
  rmSync(directory, { recursive: true })
})
