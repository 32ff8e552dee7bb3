// npm's mariadb: pipelined statements, batches, cached metadata, direct execution.
import mariadb from 'mariadb'

const [port, user, password] = process.argv.slice(2)
const options = {
  host: '127.0.0.1',
  port: Number(port),
  user,
  password,
  database: 'tap',
  multipleStatements: true,
  allowPublicKeyRetrieval: true,
  connectAttributes: { program_name: 'session of mariadb' },
}

function tell(text, result, error) {
  const told = { text }
  if (error !== undefined) told.error = error.errno
  else if (result.affectedRows !== undefined) told.affected = result.affectedRows
  else if (!Array.isArray(result[0]) && result[0]?.affectedRows === undefined) told.rows = result.length
  console.log(JSON.stringify(told))
}

async function run(connection, text, values, how = 'execute') {
  try {
    tell(text, await (values === undefined ? connection.query(text) : connection[how](text, values)))
  } catch (error) {
    if (error.errno === undefined) throw error
    tell(text, undefined, error)
  }
}

const c = await mariadb.createConnection(options)
await run(c, "SELECT 'grüße, 世界 🚀', 1 AS `größe`")
await run(c, "INSERT INTO item (i, s, note) VALUES (1, 'one', 'mariadb'), (2, NULL, 'second'), (3, '', NULL)")
await run(c, 'SELECT s, i FROM item ORDER BY id')
await Promise.all([
  run(c, 'SELECT SLEEP(0.05)'),
  run(c, 'SELECT 2'),
  run(c, 'SELEC 3'),
  run(c, 'DO 4'),
  run(c, 'SELECT n FROM number'),
])
await run(c, 'SELECT n, IF(n = 300, (SELECT n FROM number LIMIT 2), 1) FROM number')
await run(c, 'CALL two_results(3, @b)')
await run(c, 'SELECT 1 AS a; INSERT INTO item (i) VALUES (7), (8); SELECT n FROM number WHERE n < 4')
await run(c, 'CALL fails_later()')

const insert = 'INSERT INTO item (i, u, d, f, s, b, t, da, j, bi) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'
const values = [
  -42,
  18446744073709551615n,
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
for (const id of [1, 2, 3, null]) await run(c, 'SELECT id, s, NULL, b FROM item WHERE id = ?', [id])
await Promise.all([
  run(c, 'SELECT ? AS a', ['x']),
  run(c, 'SELECT missing FROM item WHERE id = ?', [1]),
  run(c, 'SELECT ? AS b', [2]),
])
const prepared = await c.prepare('SELECT n FROM number WHERE n < ?')
for (const n of [1, 10, 250]) tell('SELECT n FROM number WHERE n < ?', await prepared.execute([n]))
prepared.close()
await run(c, 'CALL two_results(?, @b)', [2])
const rows = (from) => Array.from({ length: 20 }, (_, i) => [from + i, i % 3 === 0 ? null : `row ${i}`])
await run(c, 'INSERT INTO item (i, s) VALUES (?, ?)', rows(100), 'batch')
await run(
  c,
  'UPDATE item SET s = ? WHERE i = ?',
  rows(100).map(([i, s]) => [s, i]),
  'batch',
)

await c.beginTransaction()
await run(c, 'DELETE FROM item WHERE i >= 100')
await c.rollback()
await c.ping()
await c.reset().catch(() => {})
await c.changeUser({ user: 'tap2', password: 'tap2pass', database: 'tap2' }).catch(() => {}) // refused towards MySQL
await run(c, 'SELECT DATABASE()')
await run(c, 'USE tap')
await run(c, 'SELECT n, REPEAT(n, 50) FROM number')
await c.end()

try {
  await mariadb.createConnection({ ...options, password: 'wrong' })
} catch (error) {
  if (error.errno === undefined) throw error
}
const compressed = await mariadb.createConnection({ ...options, compress: true })
await run(compressed, 'SELECT n, REPEAT(n, 50) FROM number')
await run(compressed, `SELECT LENGTH('${'long text '.repeat(1000)}')`)
await run(compressed, 'SELECT ? + 1', [1])
await compressed.end()
