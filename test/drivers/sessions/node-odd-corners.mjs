// npm's mysql2, at the protocol's corners: odd values, rows of several packets, kills and timeouts among rows, files refused and empty.
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import mysql from 'mysql2/promise'

const [port, user, password] = process.argv.slice(2)
const options = {
  host: '127.0.0.1',
  port: Number(port),
  user,
  password,
  database: 'tap',
  multipleStatements: true,
  supportBigNumbers: true,
  bigNumberStrings: true,
  dateStrings: true,
}

function tell(text, result, error) {
  const told = { text }
  if (error !== undefined) told.error = error.errno
  else if (result.affectedRows !== undefined) told.affected = result.affectedRows
  else if (result.length > 0 && !Array.isArray(result[0]) && result[0]?.affectedRows === undefined)
    told.rows = result.length
  if (text.length < 4096) console.log(JSON.stringify(told))
}

async function run(connection, text, values, how = 'execute') {
  try {
    const [result] = await (values === undefined ? connection.query(text) : connection[how](text, values))
    tell(text, result)
    return result
  } catch (error) {
    if (error.errno === undefined) throw error
    tell(text, undefined, error)
  }
}

async function values(c, isMariadb) {
  await run(c, "SET sql_mode = ''")
  await run(
    c,
    'CREATE TEMPORARY TABLE odd (b1 BIT(1), b64 BIT(64), j JSON, ti TIME(6), da DATE, dt DATETIME(3), ts TIMESTAMP NULL, u BIGINT UNSIGNED, d DECIMAL(65, 30), y YEAR, g GEOMETRY, e ENUM("a", "é"), s SET("x", "y"), f FLOAT)',
  )
  await run(
    c,
    `INSERT INTO odd VALUES (b'1', b'${'10'.repeat(32)}', '{"a": [1, null]}', '-838:59:59.000001', '0000-00-00', '0000-00-00 00:00:00.000', NULL, 18446744073709551615, -12345678901234567890123456789012345.123456789012345678901234567891, 1901, ST_GeomFromText('POINT(1 2)'), 'é', 'x,y', 1e-30)`,
  )
  await run(c, "INSERT INTO odd (ti, da) VALUES ('838:59:59', '9999-12-31'), ('-00:00:00.000001', '0001-01-01')")
  await run(c, 'SELECT * FROM odd')
  await run(c, 'SELECT b1, b64, j, ti, da, dt, ts, u, d, y, ST_AsText(g), e, s, f FROM odd WHERE u > ?', ['0'])
  await run(c, 'INSERT INTO odd (ti, u, d, j, da, g) VALUES (?, ?, ?, ?, ?, ST_GeomFromWKB(?))', [
    '-100:20:30.5',
    '18446744073709551615',
    '-0.000000000000000000000000000001',
    '{"é": 1}',
    '0000-00-00',
    Buffer.from('0101000000000000000000f03f0000000000000040', 'hex'),
  ])
  await run(c, "SELECT 1 / 0, CAST('abc' AS SIGNED), CAST('-1' AS UNSIGNED)")
  await run(c, 'SHOW WARNINGS')
  await run(c, 'DO 1 / 0')
  if (isMariadb) {
    await run(c, "EXECUTE IMMEDIATE 'SELECT n FROM number WHERE n < ?' USING 4")
    await run(c, 'INSERT INTO odd (u) VALUES (1), (2), (3) RETURNING u')
    await run(c, 'SET STATEMENT max_statement_time = 0.05 FOR SELECT SLEEP(1) FROM number')
    await run(c, 'BEGIN NOT ATOMIC SELECT 1; SELECT 2; END')
  } else {
    await run(c, 'CREATE TEMPORARY TABLE vectors (v VECTOR(3))')
    await run(c, "INSERT INTO vectors VALUES (STRING_TO_VECTOR('[1,2,3]'))")
    await run(c, 'INSERT INTO vectors VALUES (?)', [Buffer.from('0000803f0000004000004040', 'hex')])
    await run(c, 'SELECT v, VECTOR_TO_STRING(v) FROM vectors WHERE 1 = ?', [1])
    await run(c, 'SELECT /*+ MAX_EXECUTION_TIME(50) */ SLEEP(1) FROM number')
    await run(
      c,
      'SELECT /*+ MAX_EXECUTION_TIME(50) */ count(*) FROM number a, number b, number c WHERE a.n + b.n + c.n = -1',
    )
  }
}

async function failures(c) {
  await run(c, "SIGNAL SQLSTATE '99999' SET MYSQL_ERRNO = 65534, MESSAGE_TEXT = 'é'")
  await run(c, "SIGNAL SQLSTATE '01234' SET MESSAGE_TEXT = 'only a warning'")
  await run(c, 'SELECT 1; SELECT missing FROM number; SELECT 3')
  await run(c, 'DO 1; INSERT INTO number VALUES (1); DO 2')
  await run(c, 'DROP FUNCTION IF EXISTS fails')
  await run(
    c,
    "CREATE FUNCTION fails(a INT) RETURNS INT DETERMINISTIC BEGIN IF a > 3 THEN SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 40000; END IF; RETURN a; END",
  )
  await run(c, 'SELECT fails(n) FROM number')
  await run(c, 'SELECT fails(n) FROM number WHERE n < ?', [10])
  await run(c, 'CALL two_results(?, @b)', [2])
  await run(c, 'CALL fails_later()', [])
  await run(c, '')
  await run(c, '-- nothing')
  await run(c, ';')
}

async function files(c) {
  const load = "LOAD DATA LOCAL INFILE 'f' INTO TABLE item (i, s)"
  const from = (sql, stream) =>
    c.query({ sql, infileStreamFactory: () => stream }).then(
      ([result]) => tell(sql, result),
      (error) => tell(sql, undefined, error),
    )
  await from(`${load} /* empty */`, Readable.from([], { objectMode: false }))
  await from(`${load} /* two */`, Readable.from(['1\tone\n', '2\ttwo\n'].map((line) => Buffer.from(line))))
  await from(
    `${load} /* wrong */`.replace('item', 'number').replace('(i, s)', '(n)'),
    Readable.from(['1000\n', '1\n'].map((line) => Buffer.from(line))),
  )
  // the driver refuses, and says so instead of the server
  await c.query(`${load} /* refused */`).catch(() => {})
  await run(c, 'SELECT 4')
}

async function kills(c, watcher) {
  const [[{ id }]] = await c.query('SELECT CONNECTION_ID() AS id')
  const query = run(c, 'SELECT a.n, SLEEP(0.01) FROM number a')
  await sleep(150)
  await run(watcher, `KILL QUERY ${id}`)
  await query
  await run(c, 'SELECT 5')
  const last = run(c, 'SELECT a.n, REPEAT(a.n, 100), SLEEP(0.01) FROM number a').catch(() => {})
  await sleep(150)
  await run(watcher, `KILL CONNECTION ${id}`)
  await last
  await c.end().catch(() => {})
}

async function long(c) {
  await run(c, "SELECT REPEAT('x', 16777215 - 4)")
  await run(c, "SELECT REPEAT('y', 16777216), 1 UNION ALL SELECT 'z', 2")
  await run(c, 'SELECT 7')
}

for (const compress of [false, true]) {
  const c = await mysql.createConnection({ ...options, compress })
  const watcher = await mysql.createConnection(options)
  const [[{ version }]] = await c.query('SELECT VERSION() AS version')
  c.on('error', () => {})
  await values(c, version.includes('MariaDB'))
  await failures(c)
  await files(c)
  await long(c)
  await c.changeUser({ user: 'tap2', password: 'wrong', database: 'tap2' }).catch(() => {})
  await c.end().catch(() => {})
  await kills(await mysql.createConnection({ ...options, compress }), watcher)
  await watcher.end()
}
