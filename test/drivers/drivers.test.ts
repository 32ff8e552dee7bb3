/** Real drivers of several languages against a real server, captured live; the server's log and its performance_schema are the truth. */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import type { MysqlRecord } from '../../src/record.ts'
import { startCapture } from '../kernel/capture-process.ts'
import { type MariadbServer, startMariadb } from '../kernel/mariadb-server.ts'
import { skipUnlessRequired } from '../kernel/required.ts'
import { connectionsOver } from '../kernel/server-ports.ts'
import { compare, type Truth } from './comparison.ts'
import { type LoggedCommand, readServerLog } from './server-log.ts'
import { runSession } from './session-scripts.ts'
import { eventsQuery, readEvents } from './statement-events.ts'

const drivers = [
  'node-mysql2',
  'node-mariadb',
  'python-pymysql',
  'python-mysqlclient',
  'perl-dbd-mysql',
  'php-mysqli-pdo',
]
const directory = fileURLToPath(new URL('sessions', import.meta.url))
const skip = skipUnlessRequired(process.getuid?.() === 0 ? null : 'attaching needs root')
const performanceSchema = [
  '--performance-schema=ON',
  '--performance-schema-consumer-events-statements-current=ON',
  '--performance-schema-consumer-events-statements-history=ON',
  '--performance-schema-consumer-events-statements-history-long=ON',
  '--performance-schema-max-sql-text-length=4096',
  '--performance-schema-instrument=statement/%=ON',
  '--local-infile=ON',
]

t.setTimeout(180_000)

/** Since the last call. */
function truthOf(server: MariadbServer, seen: number): Omit<Truth, 'tally'> {
  const log = readServerLog(server.generalLogBytes().slice(seen))
  const roots = new Set(log.filter(({ argument }) => argument.startsWith('root@')).map(({ connection }) => connection))
  return { log: log.filter(({ connection }) => !roots.has(connection)), events: readEvents(server.sql(eventsQuery)) }
}

/** A client is gone before its server has logged and counted what it said last. */
async function sessionsOver(server: MariadbServer): Promise<void> {
  const sessions = "SELECT count(*) FROM information_schema.processlist WHERE user NOT IN ('root', 'system user')"
  for (let tries = 0; tries < 600 && server.sql(sessions).trim() !== '0'; tries++) await sleep(100)
}

function ofConnections(records: MysqlRecord[], log: LoggedCommand[]): MysqlRecord[] {
  return records.filter(({ connectionId }) => log.some(({ connection }) => connection === connectionId))
}

void t.test('what drivers do is captured as their servers and they themselves tell it', { skip }, async (t) => {
  const server = await startMariadb({ arguments: performanceSchema })
  t.teardown(() => server.stop())
  const schema = readFileSync(`${directory}/schema.sql`, 'utf8')
  const { port, user, password } = server
  const capture = await startCapture([
    '--keep-literals',
    '--slow',
    '0',
    '--port',
    String(port),
    '--response-bytes',
    '256k',
  ])
  const truths = new Map<string, Truth>()
  try {
    for (const driver of drivers) {
      server.sql(schema)
      server.sql('TRUNCATE performance_schema.events_statements_history_long')
      const seen = server.generalLogBytes().length
      const tally = runSession(driver, { port, user, password, directory })
      await sessionsOver(server)
      truths.set(driver, { ...truthOf(server, seen), tally })
    }
    await connectionsOver(port)
  } finally {
    const { records, stderr } = await capture.stop()
    const all = records.filter((record) => record.protocol === 'mysql')
    t.match(stderr, /lost: 0/)
    for (const [driver, truth] of truths) {
      const own = ofConnections(all, truth.log)
      const { differences, ...counts } = compare(own, truth)
      t.comment(`${driver}: ${JSON.stringify(counts)}`)
      t.strictSame(differences, [], `${driver}: texts, parameters, rows, errors, warnings and flags are the server's`)
      t.ok(
        counts.logged > 20 && counts.events > 15 && counts.told > 8,
        `${driver}: there is something to compare`,
        counts,
      )
      t.ok(counts.unknown <= 1, `${driver}: a text is cut at most once`, counts)
      assertNoticed(t, own, truth)
    }
    t.equal(truths.size, drivers.length, 'all sessions ran')
  }
})

/** The comparison itself: it notices what is missing, doubled or wrong. */
function assertNoticed(t: Test, records: MysqlRecord[], truth: Truth): void {
  const last = records.findLastIndex(({ command, rowsReturned }) => command === 'COM_QUERY' && rowsReturned === 1)
  const changed = (change: Partial<MysqlRecord>) =>
    records.map((each, index) => (index === last ? { ...each, ...change } : each))
  const broken = [
    records.toSpliced(last, 1),
    records.toSpliced(last, 0, ...records.slice(last, last + 1)),
    changed({ rowsReturned: 2 }),
    changed({ statement: 'SELECT 0' }),
    changed({ errorCode: 1064 }),
  ]
  const unnoticed = broken.filter((each) => compare(each, truth).differences.length === 0)
  t.equal(unnoticed.length, 0, 'what is missing, doubled or wrong is noticed')
}
