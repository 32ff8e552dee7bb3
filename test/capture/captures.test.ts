/** Sessions taken by tcpdump, replayed as the program replays them, whole and through tcpdump's own pipe. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import type { MysqlRecord } from '../../src/record.ts'
import { main } from '../kernel/capture-process.ts'
import { pcapng } from '../packets/capture-writer.ts'

const directory = fileURLToPath(new URL('../../fixtures/captures/', import.meta.url))
const names = readdirSync(directory).filter((name) => name.endsWith('.pcap'))
const everything = ['--slow', '0', '--json', '--keep-literals']

function records(stdout: string): unknown[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
}

for (const name of names) {
  const expected = records(readFileSync(directory + name.replace(/\.pcap$/, '.jsonl'), 'utf8'))
  void t.test(`${name} gives its records`, (t) => {
    const run = spawnSync(process.execPath, [main, 'replay', directory + name, ...everything], { encoding: 'utf8' })
    t.equal(run.status, 0, run.stderr)
    t.strictSame(records(run.stdout), expected)
    t.end()
  })
}

void t.test('what tcpdump writes to a pipe is replayed from it', (t) => {
  const file = `${directory}mysql.pcap`
  const tcpdump = spawnSync('tcpdump', ['-r', file, '-U', '-w', '-'])
  t.equal(tcpdump.status, 0, tcpdump.stderr.toString())
  const input = tcpdump.stdout
  const run = spawnSync(process.execPath, [main, 'replay', '-', ...everything], { encoding: 'utf8', input })
  t.equal(run.status, 0, run.stderr)
  t.strictSame(records(run.stdout), records(readFileSync(`${directory}mysql.jsonl`, 'utf8')))
  t.end()
})

void t.test('a port is told what it speaks', (t) => {
  const decode = (protocol: string) => {
    const args = [main, 'replay', `${directory}mysql-mid-stream.pcap`, '--decode', `3306=${protocol}`, ...everything]
    return spawnSync(process.execPath, args, { encoding: 'utf8' })
  }
  t.match(decode('mysql').stderr, /connections: 1 MySQL, 0 HTTP/)
  const wrong = decode('http')
  t.match(wrong.stderr, /connections: 0 MySQL, 1 HTTP/)
  t.notMatch(wrong.stdout, /"protocol":"mysql"/)
  t.end()
})

void t.test('packets without a time give records without durations', (t) => {
  const bytes = readFileSync(`${directory}mysql.pcap`)
  const packets = []
  for (let at = 24; at < bytes.length;) {
    const length = bytes.readUInt32LE(at + 8)
    packets.push({ frame: bytes.subarray(at + 16, at + 16 + length), at: 0n })
    at += 16 + length
  }
  const path = join(t.testdir({}), 'capture')
  writeFileSync(path, pcapng(packets, [{ linkType: 1 }], { as: 'simple' }))
  const run = spawnSync(process.execPath, [main, 'replay', path, ...everything], { encoding: 'utf8' })
  t.equal(run.status, 1)
  t.match(run.stderr, /45 packets have no time/)
  const found = records(run.stdout) as MysqlRecord[]
  const expected = records(readFileSync(`${directory}mysql.jsonl`, 'utf8')) as MysqlRecord[]
  const said = ({ command, statement, rowsReturned, errorCode }: MysqlRecord) => [
    command,
    statement,
    rowsReturned,
    errorCode,
  ]
  t.strictSame(found.map(said), expected.map(said))
  for (const { durationNs, firstByteNs } of found) t.strictSame([durationNs, firstByteNs], [null, null])
  t.end()
})
