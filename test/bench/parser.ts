/**
 * Statements and megabytes a second of one core of the MySQL parser, chunk by chunk as segments carry them, and of tshark
 * on a pcap of the same bytes in the same run: one session again and again, for tshark each on a connection of its own.
 * What tshark takes for a pcap without packets is taken off its time.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MysqlParser } from '../../parsers/mysql/mysql-parser.ts'
import { pcapHeader, segmentBytes, TcpConversation } from '../packets/pcap-writer.ts'
import { encode, type Turn } from '../parsers/mysql-conversation.ts'
import type { Command, Session } from '../parsers/mysql-session.ts'
import { ratio, type Row } from './table.ts'
import { compressed } from './zstd-frames.ts'

const plain: Omit<Session, 'commands' | 'compression'> = {
  login: 'native',
  proxy: 'none',
  user: 'app',
  deprecateEof: false,
  tracks: false,
  attributes: false,
  mariadb: false,
  optionalMetadata: false,
  quits: false,
}
/** Of the parser's time. */
const leastSeconds = 2
/** Greeting, login, its OK. */
const loginTurns = 3
/** What a server compresses at a time. */
const frameBytes = 16_384

function rows(count: number): Extract<Command, { kind: 'query' }>['results'] {
  const cells = Array.from({ length: count }, (_, i) => `row ${i} ${'x'.repeat(20)}`)
  return [{ kind: 'rows', columns: 4, rows: cells, warnings: 0, described: true }]
}

function query(text: string, count: number): Command {
  return { kind: 'query', text, results: rows(count), attribute: null, progress: 0 }
}

const loads: Record<string, { statements: number; connections: number; commands: () => Command[] }> = {
  'point selects': {
    statements: 3_000,
    connections: 8,
    commands: () => Array.from({ length: 3_000 }, (_, i) => query(`SELECT c FROM sbtest1 WHERE id=${i}`, 1)),
  },
  'text results of 100 rows': {
    statements: 100,
    connections: 15,
    commands: () => Array.from({ length: 100 }, (_, i) => query(`SELECT c FROM t WHERE k=${i}`, 100)),
  },
  'binary results of 100 rows': {
    statements: 101,
    connections: 15,
    commands: () => {
      const execution = { values: [7], typed: false, longParts: 0, results: rows(100) }
      const uses = Array.from({ length: 100 }, () => ({ kind: 'execute' as const, execution }))
      return [{ kind: 'prepared', text: 'SELECT c FROM t WHERE k=?', parameters: 1, columns: 4, uses, closes: false }]
    },
  },
  'results of 2,000 rows': {
    statements: 3,
    connections: 20,
    commands: () => Array.from({ length: 3 }, () => query('SELECT * FROM t', 2_000)),
  },
}

/** @returns seconds that the parser alone takes for one session, over as many as take long enough to be measured */
function parse(chunks: Turn[], statements: number): number {
  let seconds = 0
  let sessions = 0
  // the first is not measured: it is not compiled yet
  for (; seconds < leastSeconds; sessions++) {
    let seen = 0
    const parser = new MysqlParser(({ incompleteBecause }) => (seen += incompleteBecause === null ? 1 : 0))
    const began = process.cpuUsage()
    for (const [at, { side, bytes }] of chunks.entries()) parser.push(side, bytes, at)
    parser.end(chunks.length)
    const { user, system } = process.cpuUsage(began)
    if (sessions > 0) seconds += (user + system) / 1e6
    if (seen !== statements + 1) throw new Error(`${seen} exchanges, not ${statements + 1}`)
  }
  return seconds / (sessions - 1)
}

function writePcap(file: string, turns: Turn[], connections: number): void {
  const records = [pcapHeader()]
  const server = { address: '10.0.0.2', port: 3306 }
  let at = 1_777_636_800_000_000_000n
  for (let i = 0; i < connections; i++) {
    const client = { address: '10.0.0.1', port: 40_000 + i }
    const connection = new TcpConversation((record) => records.push(record), client, server)
    connection.open(at)
    for (const { side, bytes } of turns) connection.send(side, bytes, (at += 10_000n))
    connection.close((at += 10_000n))
  }
  writeFileSync(file, Buffer.concat(records))
}

/** @returns seconds, and the statements that it tells */
function tshark(file: string): { seconds: number; statements: number } {
  const fields = ['frame.time_epoch', 'tcp.stream', 'mysql.command', 'mysql.query', 'mysql.error_code']
  const asked = fields.flatMap((field) => ['-e', field])
  const timed = ['-f', 'user=%U system=%S', 'tshark', '-r', file, '-Y', 'mysql', '-T', 'fields', ...asked]
  const { stdout, stderr, status } = spawnSync('/usr/bin/time', timed, { encoding: 'utf8', maxBuffer: 1 << 30 })
  if (status !== 0) throw new Error(`tshark: ${stderr}`)
  const time = /user=(?<user>[\d.]+) system=(?<system>[\d.]+)/.exec(stderr)?.groups ?? {}
  const seconds = Number(time['user']) + Number(time['system'])
  const commands = stdout.split('\n').flatMap((line) => (line.split('\t')[2] ?? '').split(',').filter(Boolean))
  // 3 and 22, 23 are queries and prepared statements
  return { seconds, statements: commands.filter((command) => ['3', '22', '23'].includes(command)).length }
}

export function parser(): Row[] {
  const directory = mkdtempSync(join(tmpdir(), 'querytap-bench-'))
  const table: Row[] = []
  const file = join(directory, 'bench.pcap')
  try {
    writePcap(file, [], 0)
    const start = tshark(file).seconds
    for (const [name, { statements, connections, commands }] of Object.entries(loads)) {
      for (const compression of ['none', 'zlib', 'zstd'] as const) {
        const made = encode({ ...plain, compression, commands: commands() }, frameBytes).turns
        const turns = compression === 'zstd' ? compressed(made, loginTurns) : made
        const chunks = turns.flatMap(({ side, bytes }) =>
          Array.from({ length: Math.ceil(bytes.length / segmentBytes) }, (_, i) => ({
            side,
            bytes: bytes.subarray(i * segmentBytes, (i + 1) * segmentBytes),
          })),
        )
        const bytes = turns.reduce((sum, turn) => sum + turn.bytes.length, 0)
        const seconds = parse(chunks, statements)
        writePcap(file, turns, connections)
        const other = tshark(file)
        const otherSeconds = (other.seconds - start) / connections
        const measurable = other.seconds >= 2 * start
        const rate = (time: number) =>
          `${Math.round(statements / time)} statements/s, ${(bytes / 1e6 / time).toFixed(1)} MB/s`
        const title = `${name}, ${compression === 'none' ? 'plain' : compression}`
        table.push([`${title}: parser`, rate(seconds)])
        table.push([
          `${title}: tshark`,
          `${measurable ? rate(otherSeconds) : 'less than its start takes'}; tells ${other.statements} of ${statements * connections} statements`,
        ])
        if (measurable) table.push([`${title}: the first to the second`, ratio(otherSeconds, seconds)])
      }
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
  return table
}
