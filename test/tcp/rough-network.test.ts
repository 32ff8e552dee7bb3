/**
 * Real connections over a wire that loses, delays, doubles and reorders packets, captured by tcpdump: the server's own
 * general log is the truth. The wire is a program (rough-wire.py), as kernels without sch_netem have none.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { MysqlRecord, QuerytapRecord } from '../../src/record.ts'
import { readGeneralLog } from '../kernel/general-log.ts'
import { startMariadb } from '../kernel/mariadb-server.ts'
import { skipUnlessRequired } from '../kernel/required.ts'
import { startRoughNetwork } from './rough-network.ts'
import { replayed, startTcpdump } from './tcpdump.ts'

const skip = skipUnlessRequired(process.getuid?.() === 0 ? null : 'network namespaces need root')
const clients = 4
const statements = 40

/** Results of known sizes, errors, and requests of several segments. */
function script(client: number): string[] {
  return Array.from({ length: statements }, (_, i) => {
    if (i % 15 === 7) return `SELECT nothing_${client}_${i} FROM seq_1_to_2`
    if (i % 10 === 3) return `SELECT LENGTH('${'long text '.repeat(400)}') AS l${client}_${i}`
    return `SELECT seq, REPEAT('x', 90) AS r${client}_${i} FROM seq_1_to_${1 + ((i * 37 + client) % 400)}`
  })
}

const isMysql = (record: QuerytapRecord): record is MysqlRecord => record.protocol === 'mysql'

void t.test('over a bad wire each statement of the general log is captured once, and whole', { skip }, async (t) => {
  t.setTimeout(120_000)
  const directory = mkdtempSync(join(tmpdir(), 'querytap-rough-'))
  const network = await startRoughNetwork(20_261_122)
  let wire = ''
  t.teardown(async () => {
    if (wire === '') await network.stop()
    rmSync(directory, { recursive: true, force: true })
  })
  const server = await startMariadb({
    arguments: ['--bind-address=0.0.0.0'],
    start: async (argv) => {
      return spawn('ip', [...network.server, ...argv], { stdio: 'ignore' })
    },
  })
  t.teardown(() => server.stop())
  server.sql(`CREATE USER tap@'10.77.0.1' IDENTIFIED BY '${server.password}'; GRANT ALL ON *.* TO tap@'10.77.0.1';`)
  const file = join(directory, 'rough.pcap')
  const tcpdump = await startTcpdump(file, network.server, '-i', 's1', 'tcp', 'port', String(server.port))
  const before = readGeneralLog(server.generalLog()).length
  const runs = Array.from({ length: clients }, async (_, client) => {
    const command = ['mariadb', '--no-defaults', '--force', '--batch', '--skip-ssl']
    const login = ['-h', network.serverAddress, '-P', String(server.port), `-u${server.user}`, `-p${server.password}`]
    const child = spawn('ip', [...network.client, ...command, ...login, 'tap'], { stdio: ['pipe', 'ignore', 'ignore'] })
    child.stdin.end(`${script(client).join(';\n')};\n`)
    await once(child, 'exit')
  })
  await Promise.all(runs)
  await tcpdump.stop()
  wire = await network.stop()
  t.comment(`the wire: ${wire}`)

  const { records, stderr, code } = replayed(file)
  t.equal(code, 0, stderr)
  t.match(stderr, /lost: 0/)
  const mysql = records.filter(isMysql)
  const logged = readGeneralLog(server.generalLog())
    .slice(before)
    .filter(({ command }) => command === 'Query')
  const found = mysql.filter(({ command }) => command === 'COM_QUERY')
  t.ok(logged.length >= clients * statements, `${logged.length} statements were logged`)
  const texts = found.map(({ statement }) => statement ?? '')
  t.strictSame(texts.toSorted(), logged.map(({ argument }) => argument).toSorted())
  for (const { statement, complete, rowsReturned, errorCode, durationNs, firstByteNs } of found) {
    t.equal(complete, true)
    const rows = / FROM seq_1_to_(\d+)$/.exec(statement ?? '')?.[1]
    if (statement?.includes('nothing_') === true) t.equal(errorCode, 1054)
    else if (rows !== undefined) t.equal(rowsReturned, Number(rows))
    t.ok((durationNs ?? -1) >= (firstByteNs ?? 0) && (firstByteNs ?? -1) >= 0, `${durationNs} >= ${firstByteNs}`)
  }
  t.ok(Number(/'lost': (\d+)/.exec(wire)?.[1]) > 5, 'the wire lost packets')
})
