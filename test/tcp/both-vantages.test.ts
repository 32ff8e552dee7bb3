/** One session of real programs, recorded by the probes and by tcpdump at the same time: both say the same of it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import type { MysqlRecord, QuerytapRecord } from '../../src/record.ts'
import { startCapture } from '../kernel/capture-process.ts'
import { startMariadb } from '../kernel/mariadb-server.ts'
import { skipUnlessRequired } from '../kernel/required.ts'
import { connectionsOver } from '../kernel/server-ports.ts'
import { replayed, startTcpdump } from './tcpdump.ts'

const client = fileURLToPath(new URL('../../dist/test/kernel/client.js', import.meta.url))
const skip = skipUnlessRequired(process.getuid?.() === 0 ? null : 'capturing needs root')
/** tcpdump's clock has microseconds. */
const clockNs = 2000

/** What a record says of its statement, without when and where. */
function said(record: MysqlRecord): string {
  const { command, statement, parameters, status, user, database, serverVersion, connectionId, errorCode, sqlState } =
    record
  const { rowsAffected, lastInsertId, warnings, resultSets, requestBytes, responseBytes, errorMessage, digest } = record
  return JSON.stringify([
    [command, statement, parameters, status, user, database, serverVersion, connectionId, errorCode, sqlState],
    [rowsAffected, lastInsertId, warnings, resultSets, requestBytes, responseBytes, errorMessage, digest],
  ])
}

const isMysql = (record: QuerytapRecord): record is MysqlRecord => record.protocol === 'mysql'

void t.test('the probes and tcpdump say the same of a session', { skip }, async (t) => {
  t.setTimeout(120_000)
  const directory = mkdtempSync(join(tmpdir(), 'querytap-vantages-'))
  const server = await startMariadb({ generalLog: false })
  t.teardown(async () => {
    await server.stop()
    rmSync(directory, { recursive: true, force: true })
  })
  const port = String(server.port)
  const application = spawn(process.execPath, [client, port, server.user, server.password])
  await once(application.stdout, 'data')
  const file = join(directory, 'session.pcap')
  const tcpdump = await startTcpdump(file, [], '-i', 'lo', 'tcp', 'port', port)
  // a budget that leaves out nothing, as tcpdump does
  const capture = await startCapture([
    '--slow',
    '0',
    '--keep-literals',
    '--port',
    port,
    '--response-bytes',
    '1000000',
    '--store',
    join(directory, 's.db'),
  ])
  application.stdin.end('go\n')
  await once(application, 'exit')
  await connectionsOver(server.port)
  const probes = await capture.stop()
  const dropped = await tcpdump.stop()
  const wire = replayed(file)

  t.equal(wire.code, 0, wire.stderr)
  t.match(wire.stderr, /lost: 0/)
  t.match(dropped, /^0 packets/)
  const live = probes.records.filter(isMysql)
  const captured = wire.records.filter(isMysql)
  t.ok(live.length > 60, `${live.length} statements`)
  t.strictSame(captured.map(said).toSorted(), live.map(said).toSorted())
  let timed = 0
  for (const record of captured) {
    const at = live.findIndex((each) => said(each) === said(record))
    const [same] = at < 0 ? [] : live.splice(at, 1)
    t.match(record, {
      clock: 'wire',
      observed: null,
      networkNs: null,
      client: { pid: null, comm: null },
      server: { pid: null },
    })
    t.equal(record.client.port, same?.client.port)
    if (same?.rowsReturned !== null) t.equal(record.rowsReturned, same?.rowsReturned, record.statement ?? '')
    if (record.durationNs === null || same?.durationNs === null || same?.durationNs === undefined) continue
    if (same.networkNs === null) continue
    timed++
    // the wire lies between both ends: it sees a request later than its client, and an answer later than its server
    const server = same.durationNs - same.networkNs
    const between = record.durationNs <= same.durationNs + clockNs && record.durationNs >= server - clockNs
    t.ok(
      between,
      `${server} <= ${record.durationNs} <= ${same.durationNs}: ${record.statement?.slice(0, 40) ?? record.command}`,
    )
  }
  t.ok(timed > 50, `${timed} durations compared`)
})
