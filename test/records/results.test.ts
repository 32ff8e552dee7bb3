/** Which of several statements gave which of several results, and parameters that are too many for a record. */
import t from 'tap'
import { sqlMode } from '../../parsers/mysql/sql-mode.ts'
import type { MysqlResult } from '../../parsers/exchange.ts'
import { boundedAttributes, boundedParameters } from '../../src/records/parameters.ts'
import { resultRecords } from '../../src/records/results.ts'
import { splitStatements } from '../../src/records/split-statements.ts'

const splits: [text: string, statements: string[]][] = [
  ['select 1', ['select 1']],
  ['select 1; select 2;', ['select 1', 'select 2']],
  [`select ';'; select "a;b", \`c;d\``, [`select ';'`, `select "a;b", \`c;d\``]],
  [String.raw`select 'it\';s'; select 'it'';s'`, [String.raw`select 'it\';s'`, `select 'it'';s'`]],
  ['select 1 /* ; */; -- a;b\nselect 2 # ;\n; ;', ['select 1 /* ; */', '-- a;b\nselect 2 # ;']],
  ['select 1 --1; select 2', ['select 1 --1', 'select 2']],
  ['select 1;; select 2; /* c */; select 3', ['select 1', '', 'select 2', '', 'select 3']],
  ['/*!50003 set @a = 1; */; /* nothing */', ['/*!50003 set @a = 1; */']],
]

for (const [text, statements] of splits) {
  void t.test(`the statements of ${JSON.stringify(text)}`, async (t) => t.strictSame(splitStatements(text), statements))
}

void t.test('where statements end depends on the SQL mode', async (t) => {
  const backslash = String.raw`select 'a\'; select 'b;c'`
  t.strictSame(splitStatements(backslash, sqlMode.NO_BACKSLASH_ESCAPES), [String.raw`select 'a\'`, `select 'b;c'`])
  const name = String.raw`select "a\"; select "b;c"`
  t.strictSame(splitStatements(name, sqlMode.ANSI_QUOTES), [String.raw`select "a\"`, `select "b;c"`])
  t.strictSame(splitStatements(name, sqlMode.NO_BACKSLASH_ESCAPES), [String.raw`select "a\"`, `select "b;c"`])
  t.strictSame(splitStatements(String.raw`select 'a\';'; select 2`, sqlMode.ANSI_QUOTES), [
    String.raw`select 'a\';'`,
    'select 2',
  ])
})

function result(kind: MysqlResult['kind']): MysqlResult {
  return { kind, endedAt: 5, rowsReturned: 0, rowsAffected: 0, warnings: 0 }
}

function statementsOf(text: string, kinds: MysqlResult['kind'][], cutAt = text.length): (string | null)[] {
  const bytes = new TextEncoder().encode(text).subarray(0, cutAt)
  const exchange = { results: kinds.map(result), startedAt: 2, text: bytes, textLength: text.length }
  return (resultRecords(exchange, text) ?? []).map(({ statement }) => statement)
}

void t.test('each result names its statement', async (t) => {
  t.strictSame(statementsOf('select 1; insert into t values (1)', ['rows', 'ok']), [
    'select 1',
    'insert into t values (1)',
  ])
  t.strictSame(statementsOf('select 1; nonsense; select 2', ['rows', 'error']), ['select 1', 'nonsense'])
  t.strictSame(statementsOf('call p(); select 2', ['rows', 'rows', 'ok', 'rows']), [
    'call p()',
    'call p()',
    'call p()',
    'select 2',
  ])
})

void t.test('a statement that cannot be told from the others is null', async (t) => {
  t.strictSame(statementsOf('call p()', ['rows', 'ok']), [null, null], 'there is one only')
  t.strictSame(statementsOf('select 1; select 2', ['rows', 'rows', 'rows']), [null, null, null])
  t.strictSame(statementsOf('select 1; select 2', ['rows']), [null])
  t.strictSame(statementsOf('select 1;;select 2', ['rows', 'error']), [null, null], 'an empty one fails')
  const loop = 'begin not atomic for i in 1..2 do select i; end for; end'
  t.strictSame(statementsOf(loop, ['rows', 'rows', 'ok']), [null, null, null], 'a program has statements of its own')
  const routine = 'create or replace procedure p() begin select 1; select 2; end; select nope'
  t.strictSame(statementsOf(routine, ['ok', 'error']), [null, null])
  t.strictSame(statementsOf('select 1; select 2', ['rows', 'rows'], 9), [null, null], 'the text is cut')
})

void t.test('long statements are cut on results', async (t) => {
  const [first] = statementsOf(`select '${'x'.repeat(20_000)}'; select 2`, ['rows', 'rows'])
  t.equal(first?.length, 8192)
  t.ok(first?.endsWith('…'))
})

void t.test('parameters beyond the limit are counted', async (t) => {
  const values = Array.from({ length: 20_000 }, (_, i) => i)
  const kept = boundedParameters(values) ?? []
  t.ok(JSON.stringify(kept).length < 33_000)
  t.strictSame(kept.at(-1), { omitted: 20_000 - (kept.length - 1) })
  t.strictSame(boundedParameters([1, null, 'a']), [1, null, 'a'])
  t.equal(boundedParameters(null), null)
  const attributes = Object.fromEntries(values.map((value) => [`a${value}`, 'x'.repeat(100)]))
  t.match(boundedAttributes(attributes), { a0: 'x'.repeat(100), '…': { omitted: Number } })
  t.strictSame(boundedAttributes({ trace: 'b' }), { trace: 'b' })
})
