/** Summaries by the examples of OpenTelemetry's rules, and those of other statements. */
import t from 'tap'
import { SqlNormaliser } from '../../src/digest/sql-normaliser.ts'
import { summaryOf } from '../../src/digest/summary.ts'

function summary(sql: string): string {
  const normaliser = new SqlNormaliser()
  const bytes = new TextEncoder().encode(sql)
  const length = normaliser.normalise(bytes, bytes.length)
  return summaryOf(new TextDecoder().decode(normaliser.normal.bytes.subarray(0, length)))
}

const examples: [sql: string, summary: string][] = [
  ["SELECT * FROM wuser_table WHERE username = 'x'", 'SELECT wuser_table'],
  [
    'INSERT INTO shipping_details (order_id, address) SELECT order_id, address FROM orders WHERE order_id = 1',
    'INSERT shipping_details SELECT orders',
  ],
  ['SELECT * FROM songs, artists WHERE songs.artist_id = artists.id', 'SELECT songs artists'],
  [
    'SELECT order_date FROM (SELECT * FROM orders o JOIN customers c ON o.customer_id = c.customer_id) x',
    'SELECT SELECT orders customers',
  ],
  ['SELECT * FROM `song list`, shop.artists a', 'SELECT `song list` shop.artists'],
  ['CALL some_procedure(1, 2)', 'CALL some_procedure'],
  ['select * from (a join b on a.x = b.x) left join c on c.y = a.y', 'SELECT a b c'],
  ['select trim(both 1 from x), extract(year from d), replace(a, 1, 2) from t', 'SELECT t'],
  ['select a from t where b in (select c from u) for update', 'SELECT t SELECT u'],
  ['insert into t (a) values (1) on duplicate key update a = values(a)', 'INSERT t'],
  ['insert ignore t values (1)', 'INSERT t'],
  ['update a join b on a.x = b.x set a.y = 1', 'UPDATE a b'],
  ['delete from t where a = 1', 'DELETE t'],
  ['with x as (select * from a) select * from x', 'SELECT a SELECT x'],
  ['select 1 union select a from t', 'SELECT SELECT t'],
  ['update t set a = 1 where id = 1; update t set a = 1 where id = 2', 'UPDATE t UPDATE t'],
  ['create table if not exists shop.t (a int default 1)', 'CREATE TABLE shop.t'],
  ['drop table if exists a, b', 'DROP TABLE a b'],
  ['truncate table t', 'TRUNCATE TABLE t'],
  ['alter table t add column c int', 'ALTER TABLE t'],
  ['use shop', 'USE shop'],
  ['explain select * from t', 'EXPLAIN SELECT t'],
  ['select /*+ NO_INDEX_MERGE(t i) */ a from t', 'SELECT t'],
  ["/*!40101 SET NAMES 'utf8' */", 'SET'],
  ['SELECT /*!40001 SQL_NO_CACHE */ * FROM `film`', 'SELECT film'],
  ['set autocommit = 0', 'SET'],
  ['commit', 'COMMIT'],
  ['grant select, insert on shop.* to u', 'GRANT'],
  ["load data infile 'x' into table t", 'LOAD t'],
]

for (const [sql, expected] of examples) {
  void t.test(`the summary of ${sql}`, async (t) => {
    t.equal(summary(sql), expected)
  })
}

void t.test('a command is its own summary, and a text without an operation has its first word', async (t) => {
  t.equal(summaryOf('COM_PING'), 'COM_PING')
  t.equal(summaryOf('PREPARE select a from t'), 'PREPARE SELECT t')
  t.equal(summaryOf('nonsense here'), 'NONSENSE')
  t.equal(summaryOf(''), '')
})

void t.test('a summary has at most 255 characters, and whole names', async (t) => {
  const tables = Array.from({ length: 100 }, (_, index) => `table_${index}`)
  const result = summary(`select * from ${tables.join(', ')}`)
  t.ok(result.length <= 255)
  const [operation, ...named] = result.split(' ')
  t.equal(operation, 'SELECT')
  t.same(named, tables.slice(0, named.length))
})
