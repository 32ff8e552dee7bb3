/**
 * For developers: drivers' sessions against a server that runs already, each captured, compared and, with --recordings,
 * kept. `node dist/test/drivers/against-server.js --port 3307 --log GENERAL_LOG --sql 'mysql -uroot -S SOCKET'
 * --directory test/drivers/sessions [--prefix 'chroot DIRECTORY'] [--recordings DIRECTORY] [--name mysql97] [DRIVER…]`
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { main, startCapture } from '../kernel/capture-process.ts'
import { connectionsOver } from '../kernel/server-ports.ts'
import { compare } from './comparison.ts'
import { runSession, sessionNames } from './session-scripts.ts'
import { readServerLog } from './server-log.ts'
import { eventsQuery, readEvents } from './statement-events.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    port: { type: 'string', default: '3306' },
    log: { type: 'string', default: '' },
    sql: { type: 'string', default: '' },
    directory: { type: 'string', default: 'test/drivers/sessions' },
    prefix: { type: 'string', default: '' },
    recordings: { type: 'string' },
    name: { type: 'string', default: 'server' },
  },
})

function sql(text: string): string {
  const [command, ...args] = [...values.sql.split(' '), '--batch', '--raw', '--skip-column-names']
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', input: text })
  if (status !== 0) throw new Error(`${values.sql}: ${stderr}`)
  return stdout
}

for (const name of positionals.length > 0 ? positionals : sessionNames) {
  sql(readFileSync('test/drivers/sessions/schema.sql', 'utf8'))
  sql('SET sql_log_off = 1; TRUNCATE performance_schema.events_statements_history_long')
  const before = statSync(values.log).size
  const recording =
    values.recordings === undefined ? [] : ['--record', join(values.recordings, `${name}-${values.name}.qtap`)]
  const budget =
    values.recordings === undefined ? ['--response-bytes', '256k'] : ['--response-bytes', '2k', '--request-bytes', '2k']
  const capture = await startCapture(['--keep-literals', '--slow', '0', '--port', values.port, ...budget, ...recording])
  const tally = runSession(name, {
    port: Number(values.port),
    user: 'tap',
    password: 'tappass',
    directory: values.directory,
    prefix: values.prefix.split(' ').filter((each) => each !== ''),
  })
  await connectionsOver(Number(values.port))
  const { records, stderr } = await capture.stop()
  const events = readEvents(sql(`SET sql_log_off = 1; ${eventsQuery}`))
  const log = readServerLog(readFileSync(values.log).subarray(before).toString('latin1'))
  const own = log.filter(
    ({ connection }) => !log.some((each) => each.connection === connection && each.argument.startsWith('root@')),
  )
  const mysql = records.filter((record) => record.protocol === 'mysql')
  const { differences, ...counts } = compare(mysql, { log: own, events, tally })
  console.log([name, values.name, ...Object.entries(counts).map(([key, count]) => `${key} ${count}`)].join('  '))
  for (const difference of differences) console.log(`  ${difference}`)
  if (!stderr.includes('lost: 0')) console.log(stderr)
  const [, path] = recording
  if (path !== undefined) keep(path)
}

/** What the recording replays to is what it must replay to from now on. */
function keep(path: string): void {
  const { status, stdout } = spawnSync(
    process.execPath,
    [main, 'replay', path, '--slow', '0', '--json', '--keep-literals'],
    {
      encoding: 'utf8',
    },
  )
  if (status !== 0) {
    rmSync(path)
    throw new Error(`replay ${path}: ${status}`)
  }
  writeFileSync(path.replace(/qtap$/, 'jsonl'), stdout)
}
