/** `querytap sql` as the program runs it: answers in each form, changes nothing, and ends when it is asked to. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { answer } from '../../src/cli/sql-question.ts'
import { Store } from '../../src/store/store.ts'
import { main } from '../kernel/capture-process.ts'
import { fill } from '../report/filled-store.ts'
import { querytap } from './querytap.ts'

const directory = t.testdir()
const path = `${directory}/s.db`
const store = Store.openWriter(path)
fill(store)
store.close()
const before = readFileSync(path)

const sql = (query: string, ...more: string[]) => querytap('sql', query, '--store', path, ...more)
const question = 'SELECT calls, statement, NULL AS missing FROM statements WHERE calls = 100'

void t.test('an answer is a table, JSON lines or CSV', async (t) => {
  t.match(sql(question), {
    code: 0,
    stdout: /^calls +statement +missing\n *100 +select \* from Orders where id = \? +-\n$/,
  })
  t.same(JSON.parse(sql(question, '--json').stdout), {
    calls: 100,
    statement: 'select * from Orders where id = ?',
    missing: null,
  })
  t.equal(
    sql(`SELECT 'a "b", c' AS x, 9223372036854775807 AS big`, '--format', 'csv').stdout,
    'x,big\r\n"a ""b"", c",9223372036854775807\r\n',
  )
})

const refused: [query: string, reason: RegExp][] = [
  ['DELETE FROM digests', /only SELECT/],
  ['DELETE FROM digests RETURNING id', /only SELECT/],
  [`ATTACH '${directory}/other.db' AS other`, /only SELECT/],
  [`VACUUM INTO '${directory}/copy.db'`, /only SELECT/],
  ['PRAGMA journal_mode = DELETE', /only SELECT/],
  ['PRAGMA query_only', /only SELECT/],
  ['/* x */ WITH d AS (SELECT 1) DELETE FROM digests RETURNING id', /only SELECT/],
  ['SELECT 1; DELETE FROM digests', /more than one statement/],
  ['SELECT nonsense FROM statements', /no such column: nonsense/],
  ['SELEC 1', /syntax error/],
]

void t.test('what changes anything or cannot be answered is refused, with the views that there are', async (t) => {
  for (const [query, reason] of refused) {
    try {
      t.notOk([...answer({ store: path, query, format: 'csv' })], query)
    } catch (error) {
      t.match(error, { code: 'USAGE', message: reason, hint: /the views are .*statements.*findings/ }, query)
    }
    t.notOk(existsSync(`${directory}/other.db`) || existsSync(`${directory}/copy.db`))
    t.ok(readFileSync(path).equals(before), 'nothing changed')
  }
})

void t.test('a refusal is an exit code of bad usage, its reason and what to do', async (t) => {
  const { code, stdout, stderr } = sql('SELECT nonsense FROM statements')
  t.strictSame([code, stdout], [2, ''])
  t.match(stderr, /^querytap: sql: no such column: nonsense\n {2}the views are .*statements/)
  t.match(querytap('sql', 'SELECT 1', '--store', `${directory}/none.db`), { code: 1, stderr: /nothing captured yet/ })
})

void t.test('a question without an end can be ended', async (t) => {
  const endless = 'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n'
  const child = spawn(process.execPath, [main, 'sql', endless, '--store', path], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  child.stderr.on('data', (text: Buffer) => (said += text.toString()))
  const working = (): string => readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim()
  const deadline = Date.now() + 60_000
  while (working() === '' && Date.now() < deadline) await delay(20)
  const worker = working()
  t.not(worker, '')
  await delay(300)
  child.kill('SIGINT')
  const [code] = (await once(child, 'close')) as [number | null]
  t.equal(code, 1)
  t.match(said, /ended before it was done/)
  t.notOk(existsSync(`/proc/${worker}`))
})
