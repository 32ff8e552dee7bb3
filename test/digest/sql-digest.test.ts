/** The rules of the SQL digest by the examples of src/digest/RULES.md, and its promises as properties. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { Digests } from '../../src/digest/digests.ts'
import { sqlMode } from '../../parsers/mysql/sql-mode.ts'
import { SqlNormaliser } from '../../src/digest/sql-normaliser.ts'

const encoder = new TextEncoder()

const normaliser = new SqlNormaliser()

function digestText(sql: string, mode = 0, cut = false): string {
  const bytes = encoder.encode(sql)
  const length = normaliser.normalise(bytes, bytes.length, mode, cut)
  return new TextDecoder().decode(normaliser.normal.bytes.subarray(0, length))
}

interface Example {
  readonly sql: string
  readonly digest: string
  readonly mode: number
}

/** The examples of RULES.md by their heading. */
function readExamples(): Map<string, Example[]> {
  const examples = new Map<string, Example[]>()
  let heading = ''
  let mode: number | null = null
  let lines: string[] = []
  for (const line of readFileSync('src/digest/RULES.md', 'utf8').split('\n')) {
    if (line.startsWith('#')) heading = mode === null ? line.replace(/^#+ /, '') : heading
    const fence = /^```(?:text ?(.*))?$/.exec(line)
    if (fence !== null) {
      mode = mode === null ? (Object.entries(sqlMode).find(([name]) => name === fence[1])?.[1] ?? 0) : null
    } else if (mode !== null && line.startsWith('→ ')) {
      const under = examples.get(heading) ?? []
      examples.set(heading, [...under, { sql: lines.join('\n'), digest: line.slice(2), mode }])
      lines = []
    } else if (mode !== null) lines.push(line)
  }
  return examples
}

const examples = readExamples()

void t.test('RULES.md has examples', async (t) => {
  t.ok([...examples.values()].flat().length > 80)
})

for (const [rule, cases] of examples) {
  void t.test(rule, async (t) => {
    for (const { sql, digest, mode } of cases) {
      t.equal(digestText(sql, mode), digest, sql)
      t.equal(digestText(digest), digest, `again: ${digest}`)
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
