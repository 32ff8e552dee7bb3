/** What is a finding and what is none: sessions as an ORM, a batch job and a busy pool have them. */
import t from 'tap'
import type { MysqlExchange } from '../../parsers/exchange.ts'
import { advice, type FindingKind, findingKinds } from '../../src/findings/finding-kind.ts'
import { Findings } from '../../src/findings/findings.ts'
import { findingsSection } from '../../src/findings/findings-section.ts'
import { type Finding, readFindings } from '../../src/findings/stored-findings.ts'
import { verbOf } from '../../src/findings/verb.ts'
import { Intake } from '../../src/store/intake.ts'
import { Store } from '../../src/store/store.ts'
import { ends, epochNs, mysqlExchange } from '../store/exchanges.ts'

const ms = 1e6
const autocommit = 2
const inTransaction = 3
const noIndex = 2 | 32

type Given = Partial<{ rows: number | null; takes: number; flags: number }> & Partial<MysqlExchange>

/** One connection: each statement begins a while after the one before has ended. */
class Session {
  at = 0
  readonly #intake: Intake
  readonly #ends = ends({ pod: 'web-1', namespace: 'shop' })

  constructor(intake: Intake) {
    this.#intake = intake
  }

  run(sql: string, { rows = 1, takes = 0.2, flags = autocommit, ...more }: Given = {}): void {
    const startedAt = this.at
    this.at += takes * ms
    this.#intake.exchange(
      mysqlExchange({ startedAt, endedAt: this.at, rowsReturned: rows, serverStatus: flags, ...more }, sql),
      this.#ends,
    )
    this.at += 0.1 * ms
  }

  wait(milliseconds: number): void {
    this.at += milliseconds * ms
  }
}

function found(work: (session: Session) => void, ignored: FindingKind[] = []): Finding[] {
  const store = Store.inMemory()
  const intake = new Intake({ store, slowNs: 100 * ms, epochNs, findings: new Findings(ignored) })
  const session = new Session(intake)
  work(session)
  intake.end(session.at)
  const findings = readFindings(store, {})
  const examples = store.database.prepare("SELECT count(*) FROM exchanges WHERE kept = 'finding'").pluck().get()
  t.equal(examples, findings.length)
  store.close()
  return findings
}

const kindsOf = (findings: readonly Finding[]) => findings.map(({ kind }) => kind)

function eachOf(session: Session, rows: number): void {
  for (let id = 1; id <= rows; id++) session.run(`SELECT * FROM customers WHERE id = ${id}`)
}

void t.test('a list, and then one query for each of its rows, is N+1', async (t) => {
  const findings = found((session) => {
    session.run('SELECT * FROM orders LIMIT 25', { rows: 25 })
    eachOf(session, 25)
    session.wait(5000)
    session.run('SELECT * FROM orders LIMIT 40', { rows: 40 })
    eachOf(session, 40)
  })
  t.match(findings, [
    {
      kind: 'n-plus-one',
      digestText: 'select * from customers where id = ?',
      cause: { digestText: /^select \* from orders/ },
      count: 2,
      calls: 65,
      mostCalls: 40,
      clients: [{ name: 'shop/web-1', count: 2 }],
    },
  ])
  t.equal(findings.length, 1)
  t.ok(Math.abs((findings[0]?.costNs ?? 0) - 65 * 0.2 * ms) < 100)
})

void t.test('with two queries for each row both are found, also inside a transaction', async (t) => {
  for (const flags of [autocommit, inTransaction]) {
    const findings = found((session) => {
      if (flags === inTransaction) session.run('BEGIN', { flags })
      session.run('SELECT * FROM orders LIMIT 30', { rows: 30, flags })
      for (let id = 1; id <= 30; id++) {
        session.run(`SELECT * FROM customers WHERE id = ${id}`, { flags })
        session.run(`SELECT * FROM items WHERE order_id = ${id}`, { rows: 4, flags })
      }
      if (flags === inTransaction) session.run('COMMIT')
    })
    t.strictSame(kindsOf(findings), ['n-plus-one', 'n-plus-one'])
  }
})

void t.test('a batch job that runs one statement 1,000 times in a second is repetition, not N+1', async (t) => {
  const read = found((session) => eachOf(session, 1000))
  t.match(read, [{ kind: 'repetition', count: 1, calls: 1000, cause: null }])
  const flags = inTransaction
  const written = found((session) => {
    session.run('SELECT * FROM staging', { rows: 500 })
    session.run('BEGIN', { flags })
    for (let id = 1; id <= 500; id++) session.run(`INSERT INTO orders VALUES (${id})`, { rows: null, flags })
    session.run('COMMIT')
  })
  t.match(written, [{ kind: 'repetition', digestText: /^insert/, calls: 500 }])
})

const harmless: [what: string, work: (session: Session) => void][] = [
  ['few calls', (session) => eachOf(session, 9)],
  [
    'fewer calls than a list has rows',
    (session) => {
      session.run('SELECT * FROM orders', { rows: 5000 })
      eachOf(session, 12)
    },
  ],
  [
    'a pooled connection that serves one request after the other',
    (session) => {
      for (let request = 0; request < 300; request++) {
        session.run(`SELECT * FROM users WHERE id = ${request}`)
        session.run(`SELECT * FROM carts WHERE user_id = ${request}`, { rows: 3 })
        session.run(`UPDATE sessions SET seen = ${request}`, { rows: null })
      }
    },
  ],
  [
    'a heartbeat',
    (session) => {
      for (let beat = 0; beat < 200; beat++) {
        session.run('SELECT 1 FROM heartbeat')
        session.wait(500)
      }
    },
  ],
  [
    'a list whose rows are not known',
    (session) => {
      session.run('SELECT * FROM orders', { rows: null, incompleteBecause: 'gap' })
      eachOf(session, 25)
    },
  ],
  [
    'a wait behind a transaction that an error came in',
    (session) => {
      session.run('BEGIN', { flags: inTransaction })
      session.run('SELEC 1', { status: 'error', errorCode: 1064, serverStatus: null })
      session.run('ROLLBACK')
      session.wait(5000)
      session.run('SELECT 1')
    },
  ],
]

for (const [what, work] of harmless) {
  void t.test(`${what}: no finding`, async (t) => t.strictSame(found(work), []))
}

void t.test('a transaction held open is told with the statement after which it waited', async (t) => {
  const flags = inTransaction
  const findings = found((session) => {
    session.run('BEGIN', { flags })
    session.run('UPDATE stock SET n = n - 1 WHERE id = 7', { rows: null, flags })
    session.wait(3000)
    session.run('SELECT * FROM stock WHERE id = 7', { flags })
    session.run('COMMIT')
    session.run('BEGIN', { flags })
    session.run('SELECT 1 FROM dual', { flags })
    session.run('COMMIT')
  })
  t.match(findings, [{ kind: 'long-transaction', digestText: /^update stock/, count: 1, calls: 4 }])
  t.ok(Math.abs((findings[0]?.longestNs ?? 0) - 3001.1 * ms) < ms)
  const open = (session: Session): void => {
    session.run('BEGIN', { flags })
    session.wait(2000)
  }
  t.match(found(open), [{ kind: 'long-transaction', calls: 1 }], 'one that is still open')
  const left = found((session) => {
    open(session)
    session.run('', { command: 'COM_QUIT', text: null, serverStatus: null })
  })
  t.match(left, [{ kind: 'long-transaction' }], 'one that its connection left')
})

void t.test('slow commits, and calls without an index, are found by themselves', async (t) => {
  const findings = found((session) => {
    session.run('BEGIN', { flags: inTransaction })
    session.run('COMMIT', { takes: 150 })
    session.run('COMMIT', { takes: 5 })
    session.run('SELECT * FROM log WHERE text = 1', { flags: noIndex, takes: 40 })
    session.run('SELECT * FROM log WHERE text = 2', { flags: noIndex, takes: 20 })
    session.run('SHOW TABLES', { flags: noIndex, takes: 20 })
  })
  t.match(findings, [
    { kind: 'slow-commit', count: 1, longestNs: 150 * ms },
    { kind: 'no-index', digestText: /^select \* from log/, count: 2, longestNs: 40 * ms },
  ])
  t.equal(findings.length, 2)
})

void t.test('each kind can be turned off', async (t) => {
  const everything = (session: Session): void => {
    session.run('SELECT * FROM orders LIMIT 25', { rows: 25, flags: noIndex })
    eachOf(session, 25)
    session.run('BEGIN', { flags: inTransaction })
    for (let i = 0; i < 60; i++) session.run('DELETE FROM t', { rows: null, flags: inTransaction })
    session.wait(2000)
    session.run('COMMIT', { takes: 200 })
  }
  t.strictSame(kindsOf(found(everything)).sort(), [...findingKinds].sort())
  for (const kind of findingKinds) t.notOk(kindsOf(found(everything, [kind])).includes(kind), kind)
})

void t.test('what one batch tells the next adds to, and the worst is the example', async (t) => {
  const store = Store.inMemory()
  const intake = new Intake({ store, slowNs: 100 * ms, epochNs })
  const session = new Session(intake)
  for (const takes of [30, 90, 60]) {
    session.run('SELECT * FROM log', { flags: noIndex, takes })
    intake.flush()
  }
  const [finding] = readFindings(store, {})
  t.match(finding, { count: 3, longestNs: 90 * ms })
  t.equal(
    store.database.prepare('SELECT durationNs FROM exchanges WHERE id = ?').pluck().get(finding?.example),
    90 * ms,
  )
  t.equal(store.database.prepare("SELECT count(*) FROM exchanges WHERE kept = 'finding'").pluck().get(), 1)
  t.match(store.database.prepare('SELECT * FROM findings').get(), { kind: 'no-index', client: 'shop/web-1', count: 3 })

  const lines = findingsSection(store, {}, { width: 100, color: false })
  t.match(lines.join('\n'), /No index used[^]*3 times, 180ms in total[^]*querytap show \d+[^]*Try +EXPLAIN/)
  t.ok(lines.every((line) => line.length <= 100))
  t.strictSame(findingsSection(store, { kind: ['slow-commit'] }, { width: 100, color: false }), [])
  store.close()
})

const verbs = {
  'select ?': 'read',
  '(select a) union (select b)': 'read',
  'with x as (select ?) select a': 'read',
  'insert into t values (...)': 'write',
  commit: 'commit',
  'show tables': 'other',
  COM_QUIT: 'other',
  'PREPARE select ?': 'other',
}

void t.test('a statement is told by its first word, and each kind says why and what to try', async (t) => {
  for (const [text, verb] of Object.entries(verbs)) t.equal(verbOf(text), verb, text)
  for (const kind of findingKinds) t.ok(advice[kind].why.length > 20 && advice[kind].try.length > 20)
})
