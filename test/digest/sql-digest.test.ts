/** The rules of the SQL digest as a table of examples, and its promises as properties. */
import fc from 'fast-check'
import t from 'tap'
import { Digests } from '../../src/digest/digests.ts'
import { SqlNormaliser } from '../../src/digest/sql-normaliser.ts'

const encoder = new TextEncoder()

function digestText(sql: string): string {
  return new Digests().ofSql(encoder.encode(sql)).text
}

const rules: Record<string, [sql: string, digestText: string][]> = {
  'keywords and built-in functions lose their case, names keep it': [
    ['SELECT a FROM T', 'select a from T'],
    ['select a from t', 'select a from t'],
    ['SELECT COUNT(*), Max (x), MyFunc(1) FROM t', 'select count(*), max(x), MyFunc(?) from t'],
    ['INSERT INTO Session VALUES (1)', 'insert into Session values (...)'],
    ['select t.Order, User.id from User', 'select t.Order, User.id from User'],
    ['BEGIN', 'begin'],
    ['START TRANSACTION READ ONLY', 'start transaction read only'],
  ],
  'numbers, signs in value places included': [
    ['select * from t where a = 5 and b = -1 and c > +2.5', 'select * from t where a = ? and b = ? and c > ?'],
    ['select 0xFF, 0b01, 1e5, 1.5E-3, .5, 5.', 'select ?, ?, ?, ?, ?, ?'],
    ['select a-1, a - -1, -a, a*-1', 'select a - ?, a - ?, -a, a * ?'],
    ['select * from t limit 10, 20', 'select * from t limit ?, ?'],
    ['select * from 2026_orders, t2 where t2.c1 = 3', 'select * from 2026_orders, t2 where t2.c1 = ?'],
  ],
  'strings with escapes and doubled quotes, and what introduces them': [
    ["select 'a\\'b', 'it''s', \"d\"\"q\", 'a\\\\', 'secret'", 'select ?, ?, ?, ?, ?'],
    ["select x'FF', X'00', b'01', N'n', _utf8mb4'u', _latin1 'l'", 'select ?, ?, ?, ?, ?, ?'],
    ["select DATE '2026-01-01', timestamp'2026-01-01 00:00:00'", 'select ?, ?'],
    ["select 'a' 'b' 'c'", 'select ?'],
  ],
  'NULL, TRUE and FALSE are values only where a value stands': [
    [
      'update t set a = NULL, b = TRUE where c is null and d is not NULL',
      'update t set a = ?, b = ? where c is null and d is not null',
    ],
    ['select NULL, false', 'select ?, ?'],
    ['create table t (a int NOT NULL, b int NULL)', 'create table t(a int not null, b int null)'],
    [
      'alter table c add foreign key (a) references p (a) on delete set null',
      'alter table c add foreign key (a) references p(a) on delete set null',
    ],
  ],
  'lists of values are one': [
    ['select * from t where a in (1)', 'select * from t where a in (...)'],
    ["select * from t where a IN (1, 'b' ,NULL, ?, -5)", 'select * from t where a in (...)'],
    ['select * from t where (a, b) in ((1,2),(3,4))', 'select * from t where (a, b) in (...)'],
    ['select * from t where a in (1, 2, b, 3, 4)', 'select * from t where a in (..., b, ...)'],
    ['select * from t where a in (select 1 from s)', 'select * from t where a in (select ? from s)'],
    ['select f(1, 2, 3)', 'select f(?, ?, ?)'],
  ],
  'rows of VALUES are one': [
    ['insert into t (a, b) values (1, 2)', 'insert into t(a, b) values (...)'],
    ["insert into t (a, b) values (1, 2), (3, 'x'), (?, ?)", 'insert into t(a, b) values (...)'],
    ['insert into t values (1, now()), (2, now())', 'insert into t values (..., now())'],
    [
      'INSERT INTO t VALUES (1,2),(3,4) ON DUPLICATE KEY UPDATE a = VALUES(a), b = b + 1',
      'insert into t values (...) on duplicate key update a = values (a), b = b + ?',
    ],
  ],
  'comments go, hints stay': [
    ['select /* who */ a -- why\n from t # when\n', 'select a from t'],
    ["/* it's */ select 'a' /* ' */", 'select ?'],
    ['select /*+ MAX_EXECUTION_TIME(1000) */ a from t', 'select /*+ MAX_EXECUTION_TIME(?) */ a from t'],
    ["/*!40101 SET NAMES 'utf8' */", '/*!40101 set names ? */'],
    ['select a--1', 'select a - ?'],
  ],
  'joins, aliases, variables, placeholders and operators stay': [
    ['select * from a x join b y on x.id=y.id', 'select * from a x join b y on x.id = y.id'],
    ['select a+b,a<=>b,a||b,!c,~d from t2', 'select a + b, a <=> b, a || b, !c, ~d from t2'],
    ['select @a := 5, @@global.x, @@y', 'select @a := ?, @@global.x, @@y'],
    ['select * from t where a = ?', 'select * from t where a = ?'],
    ['select d->\'$.a\', d->>"$.b" from t', 'select d -> ?, d ->> ? from t'],
    ['call p(1, @out)', 'call p(?, @out)'],
  ],
  'quotes that a name does not need go': [
    ['select `a`.`b` from `T`', 'select a.b from T'],
    ['select `order`, `a b`, `x``y`, `1` from `select`', 'select `order`, `a b`, `x``y`, `1` from `select`'],
  ],
  'statements in sequence': [
    ['select 1;', 'select ?'],
    ['select 1; ; select 2;;', 'select ?; select ?'],
    ['  \n\tselect\n1 ', 'select ?'],
    ['', ''],
  ],
  'a cut text gives the digest of its beginning': [
    ["select * from t where a = 'abc", 'select * from t where a = ?'],
    ["insert into t values (1,'a'),(2,'b", 'insert into t values (...)'],
    ['insert into t values (1,now()),(2,no', 'insert into t values (..., now())'],
    ['select * from t where a in (1, 2,', 'select * from t where a in (...)'],
    ['select * from `t', 'select * from `t'],
    ['select a /* who kno', 'select a'],
  ],
  'secrets are literals': [
    ["CREATE USER 'u'@'%' IDENTIFIED BY 'secret'", 'create user ?@? identified by ?'],
    ["SET PASSWORD FOR u = PASSWORD('secret')", 'set password for u = password(?)'],
    ["CHANGE MASTER TO MASTER_PASSWORD='secret'", 'change master to MASTER_PASSWORD = ?'],
  ],
}

for (const [rule, cases] of Object.entries(rules)) {
  void t.test(rule, async (t) => {
    for (const [sql, expected] of cases) {
      t.equal(digestText(sql), expected, sql)
      t.equal(digestText(expected), expected, `again: ${expected}`)
    }
  })
}

/** Tokens with a space at either side, so that any white space between them means the same. */
const name = fc.constantFrom('a', 't2', 'Orders', 'x.id', 'b', 'Foo', '`order`', '@v')
const literal = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.string().map((text) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`),
  fc.constantFrom('NULL', 'TRUE', '?', "x'ff'", '0x1F', "DATE '2026-05-01'", '"say ""hi"""'),
)
const condition = fc.oneof(
  fc.tuple(name, fc.constantFrom('=', '<', '>=', '<>', 'LIKE'), literal).map((parts) => parts.join(' ')),
  fc
    .tuple(name, fc.array(literal, { minLength: 1, maxLength: 5 }))
    .map(([left, list]) => `${left} IN ( ${list.join(' , ')} )`),
  fc.tuple(name, name).map(([left, right]) => `${left} = ${right}`),
)
const statement = fc.oneof(
  fc
    .tuple(name, fc.array(condition, { minLength: 1, maxLength: 4 }))
    .map(([table, all]) => `SELECT * FROM ${table} WHERE ${all.join(' AND ')}`),
  fc
    .tuple(name, fc.array(fc.tuple(literal, literal), { minLength: 1, maxLength: 5 }))
    .map(([table, rows]) => `INSERT INTO ${table} VALUES ${rows.map((row) => `( ${row.join(' , ')} )`).join(' , ')}`),
)

void t.test('a digest of a digest is the same digest', async () => {
  fc.assert(fc.property(statement, (sql) => digestText(digestText(sql)) === digestText(sql)))
})

void t.test('values do not matter', async () => {
  fc.assert(
    fc.property(
      literal,
      literal,
      (one, other) =>
        digestText(`SELECT a FROM t WHERE b = ${one}`) === digestText(`SELECT a FROM t WHERE b = ${other}`),
    ),
  )
})

void t.test('the length of lists does not matter', async () => {
  const list = fc.array(literal, { minLength: 1, maxLength: 50 }).map((all) => all.join(','))
  fc.assert(
    fc.property(
      list,
      list,
      (one, other) =>
        digestText(`DELETE FROM t WHERE a IN (${one})`) === digestText(`DELETE FROM t WHERE a IN (${other})`),
    ),
  )
})

void t.test('white space and comments between tokens do not matter', async () => {
  const space = fc.constantFrom(' ', '\n', '\t\t', ' /* c */ ', ' -- c\n', '  # x\n')
  const plain = fc.constantFrom(
    'SELECT a , b FROM t WHERE c = 5 AND d IN ( 1 , 2 )',
    'INSERT INTO t ( a ) VALUES ( 1 ) , ( 2 )',
    'UPDATE t SET a = - 1 , b = a - b',
  )
  fc.assert(
    fc.property(plain, fc.array(space, { minLength: 40, maxLength: 40 }), (sql, spaces) => {
      let index = 0
      return digestText(sql.replace(/ /g, () => spaces[index++] ?? ' ')) === digestText(sql)
    }),
  )
})

void t.test('the case of keywords does not matter', async () => {
  const words = fc.constantFrom('select', 'insert', 'where', 'in', 'values', 'on', 'duplicate', 'null', 'count')
  fc.assert(
    fc.property(fc.array(words, { minLength: 1 }), (all) => {
      const calls = all.map((word) => (word === 'count' ? 'count(x)' : word)).join(' ')
      return digestText(calls.toUpperCase().replaceAll('(X)', '(x)')) === digestText(calls)
    }),
  )
})

void t.test('random bytes never throw, and the short way by shape gives what the long way gives', async () => {
  const digests = new Digests(50)
  const alphabet = fc.constantFrom(
    ...'aT12 \n\'"`\\,.();?@-+/*#=<!x0eé'.split(''),
    'in ',
    'values',
    '/*',
    '*/',
    '--',
    'null',
    '...',
  )
  const soup = fc.array(alphabet, { maxLength: 60 }).map((parts) => encoder.encode(parts.join('')))
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), soup), (bytes) => {
      const normaliser = new SqlNormaliser()
      const length = normaliser.normalise(bytes, bytes.length)
      const expected = new TextDecoder().decode(normaliser.normal.bytes.subarray(0, length))
      return digests.ofSql(bytes).text === expected && digests.ofSql(bytes).text === expected
    }),
    { numRuns: 5000 },
  )
})

void t.test('texts with equal shapes have equal digests: only their literals differ', async () => {
  const digests = new Digests()
  fc.assert(
    fc.property(statement, statement, (one, other) => {
      for (const sql of [one, other]) if (digests.ofSql(encoder.encode(sql)).text !== digestText(sql)) return false
      return true
    }),
    { numRuns: 1000 },
  )
})

void t.test('a text longer than the digest keeps is cut, and a bulk insert of a megabyte is one row', async (t) => {
  const columns = Array.from({ length: 5000 }, (_, index) => `column${index}`).join(', ')
  t.ok(digestText(`select ${columns} from t`).length < 10_000)
  const rows = Array.from({ length: 50_000 }, (_, index) => `(${index}, 'some text', now())`).join(',')
  t.equal(digestText(`insert into t values ${rows}`), 'insert into t values (..., now())')
})
