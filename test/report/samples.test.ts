/** Samples to paste: parameters as literals, and nothing offered that is not whole or that could do more than explain. */
import t from 'tap'
import type { MysqlRecord } from '../../src/record.ts'
import { sampleOf } from '../../src/report/runnable-sample.ts'
import { nameText, tablesUsed } from '../../src/report/tables-used.ts'
import { Intake } from '../../src/store/intake.ts'
import { Store } from '../../src/store/store.ts'
import { storedExchanges } from '../../src/report/stored-exchanges.ts'
import { ends, epochNs, mysqlExchange } from '../store/exchanges.ts'

const base = (() => {
  const store = Store.inMemory()
  const intake = new Intake({ store, slowNs: 0, epochNs, keepLiterals: true })
  intake.exchange(mysqlExchange(), ends())
  intake.flush()
  const [record] = storedExchanges(store, { limit: 1 })
  if (record?.protocol !== 'mysql') throw new Error('nothing was stored')
  return record
})()

const sample = (statement: string, fields: Partial<MysqlRecord> = {}) =>
  sampleOf({ ...base, database: null, statement, ...fields })

void t.test('parameters become literals that mean the same in every sql_mode', async (t) => {
  const parameters = [7, -1.5, null, "it's", 'a\\b', 'line\nbreak', { bytes: 2, hex: '00ff' }, '18446744073709551615']
  t.strictSame(sample(`SELECT '?', \`?\`, ? , ?, ?, ?, ?, ?, ?, ? -- ?`, { parameters, database: 'a`b' }), {
    kind: 'runnable',
    sql:
      "USE `a``b`;\nEXPLAIN SELECT '?', `?`, 7 , -1.5, NULL, 'it''s', _utf8mb4 X'615c62', _utf8mb4 X'6c696e650a627265616b'," +
      " X'00ff', '18446744073709551615' -- ?\n;",
  })
})

void t.test('a value that is cut, unseen or unknown is shown as such and not offered', async (t) => {
  const because = (parameters: MysqlRecord['parameters']) => {
    const found = sample('SELECT ?', { parameters })
    return found?.kind === 'text' ? [found.sql, found.because] : found?.kind
  }
  t.strictSame(because([{ text: 'abc', bytes: 5000 }]), [
    "SELECT 'abc' /* cut: 5000 bytes */",
    'only the beginning of a parameter of 5000 bytes was kept',
  ])
  t.match(because([{ bytes: 90, hex: '00' }]), ["SELECT X'00' /* cut: 90 bytes */", /of 90 bytes/])
  t.match(because([{ unknown: true }]), ['SELECT /* not seen */', 'a parameter was not seen'])
  t.match(because(null), ['SELECT ?', /its values were not kept \(capture with --keep-literals\)/])
  t.match(because([1, 2]), ['SELECT ?', 'it has 1 placeholders and 2 known parameters'])
  t.match(because([{ omitted: 3 }]), [/not kept/, '3 parameters were not kept for their size'])
})

void t.test('what pasting would do more with than explain is text', async (t) => {
  for (const [statement, because] of [
    ['DROP TABLE t', 'EXPLAIN does not take it'],
    ['SELECT 1; DROP TABLE t', 'it is several statements'],
    ['SELECT 1 \\! rm -rf /', 'it holds a command of the mysql client'],
    ['SELECT 1\ndelimiter x', 'it holds a command of the mysql client'],
    ['SELECT /*! 1; DROP TABLE t */', 'it holds an executable comment with more than a hint'],
    ["SELECT 'open", 'a string or a comment in it has no end'],
    ["SELECT 'a\\'; DROP TABLE t -- '", 'it is several statements'],
    ["SELECT 'a\u0000b'", 'it holds bytes that are no text'],
    ["SELECT 'a\uFFFDb'", 'it holds bytes that are no text'],
    ["SELECT 'a\r\nb'", 'a string in it holds a carriage return'],
  ] as const) {
    t.match(sample(statement), { kind: 'text', because }, JSON.stringify(statement))
  }
  t.match(sample('SELECT 1', { statementBytes: 70_000 }), { kind: 'text', because: /70000 bytes/ })
  t.equal(sampleOf({ ...base, statement: null }), null)
})

void t.test('what is harmless is offered as it was sent, with one semicolon', async (t) => {
  for (const [statement, sql] of [
    ['(SELECT 1) UNION SELECT 2;', 'EXPLAIN (SELECT 1) UNION SELECT 2;'],
    ['/* app:shop */ UPDATE t SET a = "x;y" # end', 'EXPLAIN /* app:shop */ UPDATE t SET a = "x;y" # end\n;'],
    ["SELECT 'it''s', 'a\\\\'", "EXPLAIN SELECT 'it''s', 'a\\\\';"],
    ['SELECT /*+ MAX_EXECUTION_TIME(9) */\r\n 1', 'EXPLAIN SELECT /*+ MAX_EXECUTION_TIME(9) */\n 1;'],
  ] as const) {
    t.strictSame(sample(statement), { kind: 'runnable', sql })
  }
})

void t.test('the tables that a statement names, and nothing else', async (t) => {
  for (const [sql, tables] of [
    ['select * from Orders where id = ?', '`Orders`'],
    ['select 1 from `my``db`.`t` a join u on a.x = u.x, v', '`my``db`.`t` `u`'],
    ['select o.id from orders o, customers as c, lines where 1', '`orders` `customers` `lines`'],
    ['select extract(year from d), trim(both ? from s) from t for update', '`t`'],
    ['insert into a (x) select y from b on duplicate key update x = ?', '`a` `b`'],
    ['with w as (select * from base) select * from w join db.other using (id)', '`base` `db`.`other`'],
    ['delete from t where id in (select id from (select ? from s) d)', '`t` `s`'],
    ['update low_priority a set x = ? where a.y is distinct from z', '`a`'],
    ['truncate table t', '`t`'],
    ['select ? into outfile ?', ''],
    ['select ? from dual', ''],
    ['show tables from shop', ''],
    ['commit', ''],
  ] as const) {
    t.equal(tablesUsed(sql).map(nameText).join(' '), tables, sql)
  }
})
