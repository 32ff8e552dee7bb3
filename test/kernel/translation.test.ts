/** Client and server on this node with address translation between them: one record, both processes. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { QuerytapRecord } from '../../src/record.ts'
import { startCapture } from './capture-process.ts'
import { startMariadb } from './mariadb-server.ts'
import { skipUnlessRequired } from './required.ts'
import { addresses, servicePort, services, translatedNetwork } from './translated-network.ts'

const skip = skipUnlessRequired(process.getuid?.() === 0 ? null : 'attaching needs root')
const pathLimitMs = 60_000

t.setTimeout(300_000)

/** @returns when the condition holds, or its last value */
async function eventually<Value>(look: () => Value, holds: (value: Value) => boolean): Promise<Value> {
  for (const since = Date.now(); ; await sleep(50)) {
    const value = look()
    if (holds(value) || Date.now() - since > pathLimitMs) return value
  }
}

void t.test('a database behind a service address is one end of one record', { skip }, async (t) => {
  const port = 3307
  const networks = ['sql', 'web'].map((name) => translatedNetwork(name, port))
  const [sql, web] = networks
  if (sql === undefined || web === undefined) throw new Error('no networks')
  t.teardown(() => networks.forEach((network) => network.remove()))
  const server = await startMariadb({
    start: ([...argv]) => {
      const [command = '', ...args] = sql.inside('server', argv)
      return Promise.resolve(spawn(command, args, { stdio: 'ignore' }))
    },
    arguments: ['--bind-address=0.0.0.0', `--port=${port}`],
  })
  t.teardown(() => server.stop())
  server.sql("CREATE USER tap@'%' IDENTIFIED BY 'tappass'; GRANT ALL ON *.* TO tap@'%'")

  const client = (service: string, ...rest: string[]) =>
    sql.inside('client', [
      'mariadb',
      '--no-defaults',
      `-h${service}`,
      `-P${servicePort}`,
      '-utap',
      '-ptappass',
      ...rest,
    ])
  const [command = '', ...args] = client(services.masqueraded, '--batch', '--unbuffered', '--skip-column-names')
  const old = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  t.teardown(() => void old.stdin.end())
  const ask = async (statement: string) => {
    old.stdin.write(`${statement};\n`)
    await once(old.stdout, 'data')
  }
  await ask("SELECT 'before'")

  // the same addresses and ports in a network beside it
  const script = `require('node:http').createServer((_, answer) => answer.end('ok')).listen(${port}, () => console.log('up'))`
  const [node = '', ...words] = web.inside('server', [process.execPath, '-e', script])
  const http = spawn(node, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => void http.kill())
  await once(http.stdout, 'data')

  const directory = t.testdir()
  const ports = [port, servicePort].flatMap((each) => ['--port', String(each)])
  const capture = await startCapture(['--slow', '0', '--store', join(directory, 's.db'), ...ports])
  const run = ([name = '', ...rest]: string[]) => spawnSync(name, rest, { encoding: 'utf8' })
  const kinds = Object.entries(services)
  for (const [kind, service] of kinds) {
    const selected = run(client(service, '-e', `SELECT '${kind}'; SELECT '${kind} again'`))
    t.equal(selected.status, 0, selected.stderr)
    const url = `http://${service}:${servicePort}/${kind}`
    const fetched = run(web.inside('client', ['curl', '-sS', '--local-port', '40000-40100', url]))
    t.equal(fetched.stdout, 'ok', fetched.stderr)
  }
  for (const n of [1, 2, 3]) await ask(`SELECT 'old ${n}'`)

  const ours = (records: QuerytapRecord[]) =>
    records.filter(({ server }) =>
      [addresses.server, ...Object.values(services)].some((each) => each === server.address),
    )
  const textOf = (record: QuerytapRecord) =>
    record.protocol === 'http' ? record.path : (/^SELECT '(.*)'$/.exec(record.statement ?? '')?.[1] ?? null)
  const wanted = [...kinds.flatMap(([kind]) => [kind, `${kind} again`, `/${kind}`]), 'old 1', 'old 2', 'old 3'].sort(
    (a, b) => (a < b ? -1 : 1),
  )
  await eventually(
    () => ours(capture.records()).map(textOf),
    (texts) => wanted.every((each) => texts.includes(each)),
  )
  const { exitCode, records, stderr } = await capture.stop()
  t.equal(exitCode, 0, stderr)
  const told = ours(records).filter((record) => textOf(record) !== null)
  t.strictSame(
    told.map((record) => String(textOf(record))).sort((a, b) => (a < b ? -1 : 1)),
    wanted,
    'each once',
  )
  for (const record of told) {
    const text = String(textOf(record))
    const sqlOnes = record.protocol === 'mysql'
    const masqueraded = text.includes('masqueraded') || text.includes('old')
    t.match(
      record,
      {
        observed: 'both',
        client: { address: addresses.client, comm: sqlOnes ? 'mariadb' : 'curl' },
        server: { address: addresses.server, port, comm: sqlOnes ? 'mariadbd' : 'node' },
        dialled: { address: services[masqueraded ? 'masqueraded' : 'translated'], port: servicePort },
      },
      text,
    )
    t.ok((record.networkNs ?? -1) > 0, `${text}: what the network took`)
  }
  rmSync(directory, { recursive: true })
})
