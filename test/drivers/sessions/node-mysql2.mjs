// Node's mysql2: text, prepared statements, several results, files, large statements, other users.
import { Readable } from 'node:stream'
import mysql from 'mysql2/promise'

const [port, user, password] = process.argv.slice(2)
const options = { host: '127.0.0.1', port: Number(port), user, password, database: 'tap', multipleStatements: true }

function tell(text, result, error) {
  const told = { text }
  if (error !== undefined) told.error = error.errno
  else if (result.affectedRows !== undefined) told.affected = result.affectedRows
  else if (!Array.isArray(result[0])) told.rows = result.length
  console.log(JSON.stringify(told))
}

async function run(connection, text, values) {
  try {
    const [result] = await (values === undefined ? connection.query(text) : connection.execute(text, values))
    tell(text, result)
  } catch (error) {
    if (error.errno === undefined) throw error
    tell(text, undefined, error)
  }
}

const c = await mysql.createConnection(options)
await run(c, "SELECT 'grüße, 世界 🚀', 1 AS `größe`")
await run(c, "INSERT INTO item (i, s, note) VALUES (1, 'one', 'mysql2'), (2, NULL, 'second'), (3, '', NULL)")
await run(c, 'SELECT s, i FROM item ORDER BY id')
await run(c, 'SELECT * FROM item WHERE id < 0')
await run(c, "SELECT id FROM item WHERE s = 'one'")
await run(c, 'UPDATE item SET f = 1.5 WHERE i < 3')
await run(c, "INSERT INTO item (note) VALUES ('mysql2')")
await run(c, 'SELECT nothing FROM item')
await run(c, 'SELEC 1')
await run(c, 'SELECT n, IF(n = 300, (SELECT n FROM number LIMIT 2), 1) FROM number')
await run(c, 'CALL fails_later()')
await run(c, 'CALL two_results(3, @b)')
await run(c, "SELECT 1 AS a; INSERT INTO item (i) VALUES (7), (8); SELECT n FROM number WHERE n < 4; SET @x = 'a;b'")
await run(c, 'SELECT 1; SELEC 2; SELECT 3')
await run(c, 'DO 1/0')
await run(c, "SELECT 1 + 'x'")

const insert = 'INSERT INTO item (i, u, d, f, s, b, t, da, j, bi) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'
const values = [
  -42,
  '18446744073709551615',
  '12345.678901',
  0.1,
  'it\'s\\ "quoted" ☃',
  Buffer.from([0, 1, 254, 255]),
  new Date(2026, 1, 3, 4, 5, 6, 789),
  '2024-02-29',
  { a: [1, null] },
  5,
]
await run(c, insert, values)
await run(
  c,
  insert,
  values.map(() => null),
)
await run(c, insert, [...values.slice(0, 4), '', Buffer.alloc(0), ...values.slice(6)])
for (const id of [1, 2, 3, null]) await run(c, 'SELECT id, s, NULL, b FROM item WHERE id = ?', [id])
await run(c, 'SELECT ? AS a, ? AS b', ['x'.repeat(300), true])
await run(c, 'SELECT n FROM number WHERE n < ?', [250])
await run(c, 'CALL two_results(?, @b)', [2])
await run(c, 'SELECT missing FROM item WHERE id = ?', [1])
await run(c, 'INSERT INTO item (note) VALUES (?)', ['mysql2'])
c.unprepare(insert)

await c.beginTransaction()
await run(c, 'DELETE FROM item WHERE i = 7')
await c.rollback()
await c.ping()
await c.changeUser({ user: 'tap2', password: 'tap2pass', database: 'tap2' })
await run(c, 'SELECT DATABASE(), USER()')
await run(c, 'USE tap')
await run(c, 'SELECT DATABASE()')
await run(c, `SELECT LENGTH('${'long text '.repeat(10_000)}')`)
await run(c, 'SELECT n, REPEAT(n, 50) FROM number')
const file = () => Readable.from(['1\tone\n2\ttwo\n', '3\tthree\n'].map((line) => Buffer.from(line)))
const load = 'LOAD DATA LOCAL INFILE "x" INTO TABLE item (i, s)'
const [loaded] = await c.query({ sql: load, infileStreamFactory: file })
tell(load, loaded)
await run(c, 'SELECT COUNT(*) FROM item')
await c.end()

try {
  await mysql.createConnection({ ...options, password: 'wrong' })
} catch (error) {
  if (error.errno === undefined) throw error
}
const compressed = await mysql.createConnection({ ...options, compress: true })
await run(compressed, 'SELECT n, REPEAT(n, 50) FROM number')
await run(compressed, `SELECT LENGTH('${'long text '.repeat(1000)}')`)
await run(compressed, 'SELECT ? + 1', [1])
await compressed.end()
