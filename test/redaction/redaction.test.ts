/** What is kept of statements, targets and error messages: by default no value, and a secret never. */
import fc from 'fast-check'
import t from 'tap'
import { Digests } from '../../src/digest/digests.ts'
import { recordOf } from '../../src/records/record-of.ts'
import { Redaction } from '../../src/redaction/redaction.ts'
import { ends, epochNs, httpExchange, mysqlExchange, sessionState } from '../store/exchanges.ts'

const redacting = new Redaction(false)
const keeping = new Redaction(true)
const digests = new Digests()

function redacted(sql: string): string | null {
  return redacting.ofStatement(mysqlExchange({}, sql)).statement
}

const examples: [sql: string, redacted: string][] = [
  ["SELECT  a\nFROM t WHERE b = 'x' AND c=-5", 'SELECT  a\nFROM t WHERE b = ? AND c=?'],
  [
    "insert into T values (1, 'it''s', NULL, x'ff'), (2.5, \"b\", TRUE, 0x10)",
    'insert into T values (?, ?, ?, ?), (?, ?, ?, ?)',
  ],
  ['select * from t2 where `1` is not null limit 10, 20', 'select * from t2 where `1` is not null limit ?, ?'],
  ["select _utf8mb4'x', date '2026-01-01', {d '2026-01-01'}", 'select _utf8mb4?, date ?, ?'],
  [
    "select a /* user 42, name='bob' */ from t -- it's \"me\"\n where b = 1",
    'select a /* user ?, name=? */ from t -- it?\n where b = ?',
  ],
  ["select a from t /*route='%2Fx',id='7'*/", 'select a from t /*route=?,id=?*/'],
  ['select /*+ MAX_EXECUTION_TIME(1000) */ a', 'select /*+ MAX_EXECUTION_TIME(?) */ a'],
  ["select 'é' as name, café from t", 'select ? as name, café from t'],
  ["select * from t where name = 'O'Brien' and b = 'x'", 'select * from t where name = ?'],
  ["select * from t where a = 'cut o", 'select * from t where a = ?'],
]

for (const [sql, expected] of examples) {
  void t.test(`${sql} is kept without its values`, async (t) => {
    t.equal(redacted(sql), expected)
    t.equal(redacted(expected), expected)
    t.equal(keeping.ofStatement(mysqlExchange({}, sql)).statement, sql)
  })
}

void t.test('values of a statement longer than a digest are taken out to its end', async (t) => {
  const sql = `select ${Array.from({ length: 5000 }, (_, index) => `'v${index}' as c${index}`).join(', ')} from t`
  t.equal(redacted(sql), sql.replaceAll(/'v\d+'/g, '?'))
})

void t.test('tags are kept apart from the comment, whether values are kept or not', async (t) => {
  const exchange = mysqlExchange({}, "select 1 /*route='%2Fx'*/")
  for (const redaction of [redacting, keeping]) t.same(redaction.ofStatement(exchange).tags, { route: '/x' })
  t.equal(keeping.ofStatement(exchange).statement, "select 1 /*route='%2Fx'*/")
})

/** Each holds `hunter2` where a secret stands. */
const secrets = [
  "CREATE USER 'u'@'%' IDENTIFIED BY 'hunter2'",
  'create user u identified by hunter2',
  "create user u identified by 'hunter2",
  "create user u identified by 'x' hunter2'",
  "create user u identified by 'x'hunter2'",
  "create user u identified/**/by 'hunter2'",
  "ALTER USER u IDENTIFIED WITH caching_sha2_password BY 'hunter2' REPLACE 'hunter2'",
  "GRANT ALL ON *.* TO u IDENTIFIED BY PASSWORD '*hunter2'",
  "alter user u identified via ed25519 using password('hunter2')",
  "SET PASSWORD FOR u = PASSWORD('hunter2')",
  'set password = hunter2',
  'set password = password(hunter2)',
  "CHANGE MASTER TO MASTER_HOST='h', MASTER_PASSWORD='hunter2'",
  'change replication source to source_password = hunter2',
  "start replica user='u' password='hunter2'",
  "create server s foreign data wrapper mysql options (host 'h', password 'hunter2')",
  "update t set a = aes_encrypt('text', 'hunter2')",
  "select AES_DECRYPT(a, 'hunter2') from t",
  "insert into users (name, password) values ('bob', 'hunter2')",
  "select old_password('hunter2')",
  "select * from t where dsn = 'mysql://root:hunter2@db/shop'",
  "select * from t where dsn = 'mysql://root:hunter2",
  'select a from t /* mysql://root:hunter2@db */',
  'load from mysql://root:hunter2@db/t',
  "prepare s from 'create user u identified by ''hunter2'''",
]

for (const sql of secrets) {
  void t.test(`no secret of ${sql} is kept, nor shown`, async (t) => {
    const near = `You have an error in your SQL syntax; near '${sql.slice(-20)}' at line 1`
    for (const redaction of [redacting, keeping]) {
      for (const command of ['COM_QUERY', 'COM_STMT_PREPARE', 'COM_STMT_EXECUTE']) {
        const exchange = mysqlExchange({ command, status: 'error', errorCode: 1064, errorMessage: near }, sql)
        const record = recordOf(exchange, ends(), digests.of(exchange), epochNs, redaction)
        t.notMatch(JSON.stringify(record), /hunter2/)
        t.equal('redacted' in record && record.redacted, true)
      }
    }
  })
}

void t.test('a secret is not kept when its statement is cut behind it, or its quote is lost', async () => {
  fc.assert(
    fc.property(fc.constantFrom(...secrets), fc.nat(60), fc.boolean(), (sql, at, unquoted) => {
      const cut = sql.slice(0, Math.max(at, sql.indexOf('hunter2') + 7))
      const exchange = mysqlExchange({}, unquoted ? sql.replace(/'(?=\*?hunter2)/, '') : cut)
      return [redacting, keeping].every((redaction) => {
        const { statement } = redaction.ofStatement(exchange)
        return statement?.includes('hunter2') === false && !digests.of(exchange).text.includes('hunter2')
      })
    }),
  )
})

const messages: [code: number | null, message: string, kept: string][] = [
  [1062, "Duplicate entry 'bob@x.org' for key 'users.email'", "Duplicate entry ? for key 'users.email'"],
  [1062, "Duplicate entry 'it's' for key 'b' for key 'PRIMARY'", "Duplicate entry ? for key 'PRIMARY'"],
  [
    1366,
    "Incorrect integer value: 'abc' for column 'a' at row 1",
    "Incorrect integer value: ? for column 'a' at row 1",
  ],
  [
    1366,
    "Incorrect integer value: 'abc' for column `d`.`t`.`a` at row 1",
    'Incorrect integer value: ? for column `d`.`t`.`a` at row 1',
  ],
  [1292, "Truncated incorrect DOUBLE value: 'abc'", 'Truncated incorrect DOUBLE value: ?'],
  [
    1064,
    "You have an error in your SQL syntax; near 'x' and 'y' at line 1",
    'You have an error in your SQL syntax; near ? at line 1',
  ],
  [1054, "Unknown column 'missing' in 'field list'", "Unknown column 'missing' in 'field list'"],
  [1146, "Table 'shop.orders' doesn't exist", "Table 'shop.orders' doesn't exist"],
  [1213, 'Deadlock found when trying to get lock', 'Deadlock found when trying to get lock'],
  [1644, 'Account 4711 of bob is overdrawn by -12.50', 'Account ? of bob is overdrawn by ?'],
  [null, "Something 'x", 'Something ?'],
]

void t.test('error messages keep names, and lose values', async (t) => {
  for (const [errorCode, errorMessage, kept] of messages) {
    const exchange = mysqlExchange({ status: 'error', errorCode, errorMessage })
    t.equal(redacting.ofStatement(exchange).errorMessage, kept)
    t.equal(keeping.ofStatement(exchange).errorMessage, errorMessage)
  }
})

void t.test('of a command whose statement was not seen, no value of parameters and message is kept', async (t) => {
  const errorMessage = "Duplicate entry 'hunter2' for key 'a'"
  const fields = { command: 'COM_STMT_EXECUTE', text: null, status: 'error', errorCode: 1062, errorMessage } as const
  t.same(keeping.ofStatement(mysqlExchange(fields)), {
    statement: null,
    tags: null,
    redacted: true,
    errorMessage: "Duplicate entry ? for key 'a'",
  })
})

void t.test('what a server told of the session is kept without values where its statement is', async (t) => {
  const state = sessionState({
    variables: new Map([['time_zone', '+02:00']]),
    transactionCharacteristics: "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; XA START 'branch-1'",
  })
  t.same(redacting.ofSessionState(state, true), {
    transactionCharacteristics: 'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; XA START ?',
    sessionVariables: { time_zone: '?' },
  })
  t.same(keeping.ofSessionState(state, false), {
    transactionCharacteristics: state.transactionCharacteristics,
    sessionVariables: { time_zone: '+02:00' },
  })
  t.same(redacting.ofSessionState(null, true), { transactionCharacteristics: null, sessionVariables: null })
})

void t.test('parameters with a user and a password in a URL are never kept', async (t) => {
  t.equal(keeping.ofValues(['mysql://u:p@h']), null)
  t.same(keeping.ofValues([1, 'x']), [1, 'x'])
})

void t.test("an HTTP request's values are taken out of its query", async (t) => {
  t.same(redacting.ofTarget('/a', 'q=shoes&page=2&flag&x='), { path: '/a', query: 'q=?&page=?&?&x=?' })
  t.same(keeping.ofTarget('/a', 'q=shoes&password=p'), { path: '/a', query: 'q=shoes&password=?' })
  t.same(redacting.ofTarget('/a', null), { path: '/a', query: null })
  t.same(keeping.ofTarget('/to/http://u:p@h/x', 'u=mysql%3A%2F%2Fu%3Ap%40h'), {
    path: '/to/http://?@h/x',
    query: 'u=mysql%3A%2F%2F?@h',
  })
  const exchange = httpExchange({ path: '/to/http://u:hunter2@h/x', query: 'a=hunter2' })
  const record = recordOf(exchange, ends(), digests.of(exchange), epochNs, redacting)
  t.notMatch(JSON.stringify(record), /hunter2/)
})

/** Statements of every form around values that carry a mark. */
const mark = 'qmarkz'
const value = fc.oneof(
  fc.string({ maxLength: 8 }).map((text) => `'${mark}${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}${mark}'`),
  fc.string({ maxLength: 8 }).map((text) => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}${mark}"`),
  fc.constantFrom(`_utf8mb4'${mark}'`, `DATE '${mark}'`, `{ts '${mark}'}`, `N'${mark}'`, `'a' '${mark}'`),
  fc.constantFrom('99771', '-99771', '0x99771', '99771.5', '9.9771e3'),
)
const name = fc.constantFrom('a', 't2', '`b c`', 'x.y', '@v')
const form = fc.oneof(
  fc
    .tuple(name, value, value)
    .map(([a, b, c]) => `select ${a},${b} from ${a} where ${a}=${b} and ${a} in(${b},${c})or ${a}<>${c}`),
  fc
    .array(fc.tuple(value, value), { minLength: 1, maxLength: 4 })
    .map((rows) => `insert into t values ${rows.map(([a, b]) => `(${a},f(${b}))`).join(',')}`),
  fc
    .tuple(name, value, value)
    .map(([a, b, c]) => `update ${a} set ${a}=${b}, ${a}=case when ${a}=${c} then ${b} else ${c} end limit 99771`),
  fc.tuple(value, value).map(([a, b]) => `call p(${a}, -${b}) /* 42 '${mark}' */`),
)

void t.test('no value survives in a digest or in a redacted text, which read again is itself', async () => {
  fc.assert(
    fc.property(fc.array(form, { minLength: 1, maxLength: 2 }), (all) => {
      const sql = all.join(';')
      const text = redacted(sql) ?? ''
      const digest = digests.ofSql(new TextEncoder().encode(sql)).text
      const gone = [text, digest].every((each) => !each.includes(mark) && !each.includes('9977'))
      return gone && redacted(text) === text
    }),
    { numRuns: 1000 },
  )
})

void t.test('any text is redacted without a failure', async () => {
  const characters = 'a1\'"`\\ ;-#/*()=?.,@:é\n'.split('')
  const part = fc.constantFrom(...characters, 'password', 'identified by ', '://', '/*', '*/', '-- ')
  fc.assert(
    fc.property(fc.array(part, { maxLength: 50 }), (parts) => {
      const sql = parts.join('')
      for (const redaction of [redacting, keeping]) redaction.ofStatement(mysqlExchange({ errorMessage: sql }, sql))
      return true
    }),
    { numRuns: 2000 },
  )
})
