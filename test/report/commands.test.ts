/** The commands on a store, as the program runs them, and plain sqlite3 on the same file. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import t from 'tap'
import type { Command } from '../../src/cli/command.ts'
import { errors } from '../../src/cli/errors.ts'
import { pods } from '../../src/cli/pods.ts'
import { queries } from '../../src/cli/queries.ts'
import { report } from '../../src/cli/report.ts'
import { show } from '../../src/cli/show.ts'
import { Intake } from '../../src/store/intake.ts'
import { Store } from '../../src/store/store.ts'
import { ends, epochNs, mysqlExchange } from '../store/exchanges.ts'
import { fill } from './filled-store.ts'

/** Runs a command in this process. */
async function run(command: Command, options: Record<string, unknown>): Promise<{ code: number; out: string }> {
  const write = process.stdout.write.bind(process.stdout)
  let out = ''
  process.stdout.write = (chunk: string | Uint8Array): boolean => {
    out += String(chunk)
    return true
  }
  try {
    return { code: await command.run(options), out }
  } finally {
    process.stdout.write = write
  }
}

void t.test('the commands read the same store', async (t) => {
  const path = `${t.testdir()}/s.db`
  const store = Store.openWriter(path)
  fill(store)
  store.close()
  const lines = (out: string): Record<string, unknown>[] =>
    out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)

  const whole = await run(report, { store: path, json: true, limit: '2' })
  t.equal(whole.code, 0)
  t.match(JSON.parse(whole.out), { calls: 111, profile: { length: 2 } })
  t.match((await run(report, { store: path, until: '2026-05-01T12:01:00Z', json: true })).out, '"calls":59')

  const slow = lines((await run(queries, { store: path, json: true })).out)
  t.equal(slow.length, 51 + 10 + 1 + 1, 'slow, updates, the failure, HTTP')
  const of = async (filter: object) => lines((await run(queries, { store: path, json: true, ...filter })).out).length
  t.equal(await of({ pod: ['shop/web-*'], 'min-duration': '90ms' }), 9)
  t.equal(await of({ pod: ['api-?'] }), 13)
  t.equal(await of({ pod: ['api-?', 'web-[0-9]*'], user: ['app'] }), 51)
  t.equal(await of({ namespace: ['crm'] }), 13)
  t.equal(await of({ errors: true }), 1)
  t.equal(await of({ user: ['root'], limit: '3' }), 3)
  t.equal(await of({ client: ['10.0.0.9'] }), 11)
  t.equal(await of({ server: ['10.0.0.7:3306'], client: ['web-*'] }), 39)
  t.equal(await of({ limit: '3', offset: '62' }), 1)
  t.equal(await of({ after: String(Math.min(...slow.map((each) => Number(each['id'])))) }), slow.length - 1)
  t.equal(await of({ since: '2026-05-01T12:02:00Z' }), 11)
  const started = slow.map((each) => String(each['startedAt']))
  t.strictSame(started, [...started].sort(), 'the newest last')
  t.match(
    (await run(queries, { store: path, errors: true })).out,
    /error 1064 .* mariadb@10\.0\.0\.9.* 10\.0\.0\.7:3306|SELEC 1/,
  )

  const clients = lines((await run(pods, { store: path, json: true })).out)
  t.strictSame(
    clients.map(({ client, protocol, calls }) => [client, protocol, calls]),
    [
      ['shop/web-7d9f', 'mysql', 75],
      ['mariadb@10.0.0.9', 'mysql', 11],
      ['crm/api-1', 'mysql', 25],
      ['shop/web-7d9f', 'http', 1],
    ],
  )
  t.match((await run(pods, { store: path })).out, /^mysql +75 +0 .* shop\/web-7d9f +10\.0\.0\.7:3306$/m)

  t.match(lines((await run(errors, { store: path, json: true })).out), [
    { code: 1064, count: 1, message: 'no', clients: [{ name: 'mariadb@10.0.0.9', count: 1 }] },
  ])
  t.match((await run(errors, { store: path })).out, /^ +1 +1064 .* no$/m)
  t.equal((await run(errors, { store: path, code: ['1146'] })).out, '')

  const grouped = async (by: string, filter: object = {}) =>
    lines((await run(pods, { store: path, by, json: true, ...filter })).out)
  t.match(await grouped('user'), [
    { user: 'app', calls: 101 },
    { user: 'root', calls: 10 },
    { user: null, protocol: 'http' },
  ])
  t.match(await grouped('server', { user: ['app'] }), [{ server: '10.0.0.7:3306', calls: 101 }])
  t.match(await grouped('database', { limit: '1', offset: '1' }), [{ database: null, calls: 10 }])
  t.equal((await run(pods, { store: path, by: 'client', json: true, digest: ['0000'] })).out, '')

  const digest = String(slow.find((each) => each['statement'] === 'SELECT * FROM Orders WHERE id = 100')?.['digest'])
  const shown = await run(show, { store: path, id: digest.slice(0, 8) })
  t.match(shown.out, /select \* from Orders where id = \?[^]*Distribution[^]*50ms +█+ +50 +50\.0%[^]*exchange \d+/)
  t.match((await run(show, { store: path, id: String(slow[0]?.['id']) })).out, /^client\.pod +web-7d9f$/m)
  t.equal((await run(show, { store: path, id: 'ffffffff' })).code, 1)
  await t.rejects(run(report, { store: `${path}.none` }), { code: 'STORE_PATH' })
  await t.rejects(run(queries, { store: path, 'min-duration': '5' }), { code: 'USAGE' })
})

void t.test("show takes pt-query-digest's ids, of its new form and of its old one", async (t) => {
  const path = `${t.testdir()}/s.db`
  const store = Store.openWriter(path)
  fill(store)
  const intake = new Intake({ store, slowNs: 1, epochNs, keepLiterals: false })
  for (const table of ['sbtest1', 'sbtest2']) {
    intake.exchange(mysqlExchange({ startedAt: 1e9, endedAt: 2e9 }, `SELECT c FROM ${table} WHERE id = 5`), ends())
  }
  intake.flush()
  store.close()
  // the id is the MD5 sum of the fingerprint
  const idOf = (fingerprint: string) => createHash('md5').update(fingerprint).digest('hex').toUpperCase()
  const select = idOf('select * from orders where id = ?')
  for (const id of [`0x${select}`, select, `0x${select.slice(16)}`]) {
    t.match((await run(show, { store: path, id })).out, /select \* from Orders where id = \?/, id)
  }
  const both = idOf('select c from sbtest? where id = ?')
  await t.rejects(run(show, { store: path, id: `0x${both}` }), { code: 'USAGE', hint: /^[0-9a-f]{16} [0-9a-f]{16}$/ })
  t.equal((await run(show, { store: path, id: `0x${idOf('select 1')}` })).code, 1)
})

void t.test(
  'the store answers plain sqlite3',
  { skip: spawnSync('sqlite3', ['--version']).status !== 0 && 'no sqlite3 here' },
  async (t) => {
    const path = `${t.testdir()}/s.db`
    const store = Store.openWriter(path)
    fill(store)
    store.close()
    const { stdout } = spawnSync(
      'sqlite3',
      [path, 'SELECT calls, statement FROM statements ORDER BY totalMs DESC LIMIT 1'],
      { encoding: 'utf8' },
    )
    t.equal(stdout, '100|select * from Orders where id = ?\n')
  },
)
