/**
 * The application of the live test: a real driver in a process of its own. It makes a first connection and says so, waits for a
 * line on standard input before it goes on, and prints what it did as JSON; a further line has it do all of it again.
 * Arguments: port or path of the server's socket, user, password.
 */
import { createInterface } from 'node:readline'
import mysql from 'mysql2/promise'

export interface Tally {
  pid: number
  /** Statements in order, with what the driver was told. */
  statements: { text: string; rows: number | null; affected: number | null; errorCode: number | null; tookMs: number }[]
}

const [place = '', user = '', password = ''] = process.argv.slice(2)
let tally: Tally

async function connect(database: string): Promise<mysql.Connection> {
  const where = place.startsWith('/') ? { socketPath: place } : { host: '127.0.0.1', port: Number(place) }
  const connection = await mysql.createConnection({ ...where, user, password, database })
  const { rows } = await run(connection, 'SELECT 1')
  if (rows !== 1) throw new Error('no answer')
  return connection
}

async function run(connection: mysql.Connection, text: string, values?: (number | string | null)[]) {
  const statement: Tally['statements'][number] = { text, rows: null, affected: null, errorCode: null, tookMs: 0 }
  tally.statements.push(statement)
  const since = performance.now()
  try {
    const [result] = values === undefined ? await connection.query(text) : await connection.execute(text, values)
    if (Array.isArray(result)) statement.rows = result.length
    else statement.affected = result.affectedRows
  } catch (error) {
    if (!(error instanceof Error && 'errno' in error)) throw error
    statement.errorCode = Number(error.errno)
  }
  statement.tookMs = performance.now() - since
  return statement
}

async function work(connection: mysql.Connection): Promise<void> {
  await run(connection, 'CREATE OR REPLACE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(200), n INT)')
  await run(connection, "INSERT INTO t (name, n) VALUES ('one', 1), ('two', NULL), (NULL, 3)")
  await run(connection, 'SELECT * FROM t')
  await run(connection, 'SELECT * FROM t WHERE id = -1')
  await run(connection, 'SELECT SLEEP(0.3)')
  await run(connection, 'UPDATE t SET n = 4 WHERE id < 3')
  await run(connection, "SELECT id,\n  name /* two\n lines */ FROM t WHERE name = 'it''s'")
  await run(connection, 'SELECT nothing FROM t')
  await run(connection, `SELECT '${'long text '.repeat(4000)}' AS text`)
  await run(connection, "SELECT seq, REPEAT('x', 100) FROM seq_1_to_2000")
  await run(connection, 'BEGIN')
  await run(connection, 'DELETE FROM t WHERE id = 1')
  await run(connection, 'COMMIT')
  await run(connection, 'USE tap2')
  await run(connection, 'SELECT DATABASE()')
  await run(connection, 'SELECT ? + 1 AS sum', [41])
  await run(connection, 'SELECT ? + 1 AS sum', [42])
  for (let i = 0; i < 50; i++) await run(connection, `SELECT ${i} AS n`)
}

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
do {
  tally = { pid: process.pid, statements: [] }
  const early = await connect('tap')
  process.stdout.write('connected\n')
  await lines.next()
  const late = await connect('tap')
  await work(late)
  await late.ping()
  await late.end()
  await run(early, 'SELECT 2 AS early')
  await early.end()
  process.stdout.write(`${JSON.stringify(tally)}\n`)
} while ((await lines.next()).done !== true)
