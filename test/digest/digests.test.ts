/** Digests of commands, of HTTP requests, and the bounded table that holds them. */
import t from 'tap'
import { DigestTable } from '../../src/digest/digest-table.ts'
import { Digests } from '../../src/digest/digests.ts'
import { routeOf } from '../../src/digest/route.ts'
import { httpExchange, mysqlExchange } from '../store/exchanges.ts'

const routes: [path: string, route: string][] = [
  ['/', '/'],
  ['/users/123/orders/9f8e7d6c5b4a', '/users/{id}/orders/{id}'],
  ['/v1/items', '/v1/items'],
  ['/files/0b7e2d1c-0000-4abc-8def-0123456789ab/raw', '/files/{id}/raw'],
  ['/days/2026-05-01', '/days/{id}'],
  ['/t/eyJhbGciOiJIUzI1NiJ9abc/x', '/t/{id}/x'],
  ['/feedface/deadbeef', '/feedface/deadbeef'],
]

void t.test('a route is the path without what looks like an identifier', async (t) => {
  for (const [path, route] of routes) t.equal(routeOf(path), route)
})

void t.test('a request has the digest of its method, host and route', async (t) => {
  const digests = new Digests()
  const one = digests.of(httpExchange({ method: 'GET', host: 'shop', path: '/users/1' }))
  t.equal(one.text, 'GET shop /users/{id}')
  t.equal(digests.of(httpExchange({ method: 'GET', host: 'shop', path: '/users/2' })), one)
  t.not(digests.of(httpExchange({ method: 'PUT', host: 'shop', path: '/users/2' })), one)
  t.equal(digests.of(httpExchange({ method: null, host: null, path: null })).text, '- - -')
})

void t.test('executing a prepared statement counts with its text form, preparing it does not', async (t) => {
  const digests = new Digests()
  const sql = 'select * from t where a = ?'
  const text = digests.of(mysqlExchange({ command: 'COM_QUERY' }, 'SELECT * FROM t WHERE a = 5'))
  t.equal(digests.of(mysqlExchange({ command: 'COM_STMT_EXECUTE' }, sql)), text)
  const prepare = digests.of(mysqlExchange({ command: 'COM_STMT_PREPARE' }, sql))
  t.equal(prepare.text, `PREPARE ${sql}`)
  t.not(prepare.id, text.id)
})

void t.test('a command without SQL has its name for a digest', async (t) => {
  const digests = new Digests()
  t.equal(digests.of(mysqlExchange({ command: 'COM_PING', text: null })).text, 'COM_PING')
  t.equal(digests.of(mysqlExchange({ command: 'COM_INIT_DB' }, 'shop')).text, 'COM_INIT_DB')
  t.equal(digests.of(mysqlExchange({ command: 'COM_STMT_EXECUTE', text: null })).text, 'COM_STMT_EXECUTE')
})

void t.test('an id is the same in every run', async (t) => {
  const digest = new Digests().ofSql(new TextEncoder().encode('SELECT 1'))
  t.match(digest.id, /^[0-9a-f]{16}$/)
  t.equal(new Digests().ofSql(new TextEncoder().encode('select 2')).id, digest.id)
})

void t.test('the table forgets what was not used for longest, and counts it', async (t) => {
  const digests = new Digests(8)
  const of = (name: string): string => digests.ofSql(new TextEncoder().encode(`select ${name} from t`)).id
  const first = of('a')
  for (const name of 'bcdefgh') of(name)
  of('a')
  for (const name of 'ijklmnopqrst') [name, 'a'].forEach(of)
  t.ok(digests.table.size <= 8)
  t.ok(digests.table.evicted >= 12)
  t.equal(of('a'), first)
  t.equal(new DigestTable().evicted, 0)
})
