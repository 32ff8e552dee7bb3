/** What the packet writer writes, read by somebody else: tshark. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import * as wire from '../parsers/mysql-encoding.ts'
import { pcapHeader, segmentBytes, TcpConversation } from './pcap-writer.ts'

void t.test('tshark reads written packets without a complaint', (t) => {
  const parts = [pcapHeader()]
  const client = { address: '10.0.0.1', port: 40000 }
  const server = { address: '10.0.0.2', port: 3306 }
  const connection = new TcpConversation((record) => parts.push(record), client, server)
  const at = 1_777_636_800_000_000_000n
  const text = `SELECT '${'x'.repeat(2 * segmentBytes)}'`
  connection.open(at)
  connection.send('server', wire.greeting(), at + 10_000n)
  connection.send('client', wire.login(0), at + 20_000n)
  connection.send('server', wire.packet(2, wire.okPayload({})), at + 30_000n)
  connection.send('client', wire.packet(0, 3, text), at + 40_000n)
  connection.send('server', wire.packet(1, wire.okPayload({})), at + 50_000n)
  connection.close(at + 60_000n)
  const fields = ['mysql.query', 'tcp.checksum.status', 'ip.checksum.status', 'tcp.analysis.flags', 'frame.time_epoch']
  const checks = ['-o', 'tcp.check_checksum:TRUE', '-o', 'ip.check_checksum:TRUE']
  const asked = fields.flatMap((field) => ['-e', field])
  const file = join(t.testdir(), 'written.pcap')
  writeFileSync(file, Buffer.concat(parts))
  const { stdout, stderr } = spawnSync('tshark', ['-r', file, ...checks, '-T', 'fields', ...asked], {
    encoding: 'utf8',
  })
  const lines = stdout.trimEnd().split('\n')
  t.equal(lines.length, 13, stderr)
  for (const line of lines) t.match(line, /^[^\t]*\t1\t1\t\t1777636800\.0000\d{5}$/)
  t.equal(lines.map((line) => line.split('\t')[0]).join(''), text)
  t.end()
})
