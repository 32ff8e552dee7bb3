/**
 * How fast a capture of a real load is replayed, and by what memory: querytap, tshark and pt-query-digest on the same traffic,
 * each on one core, by the core's time. The two others would take minutes for all of it: they get slices cut from places all
 * over it, so that the mix of statements is that of the whole; querytap gets all of it.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs'
import { Buffer } from 'node:buffer'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { main } from '../kernel/capture-process.ts'
import { startMariadb } from '../kernel/mariadb-server.ts'
import { sysbench } from './sysbench.ts'
import type { Row } from './table.ts'

const leastBytes = 500 << 20
/** Point selects, and transactions with ranges of 100 rows, take turns. */
const load = { threads: 16, seconds: 5 }
/** In the kernel, between the network and tcpdump: it is not to lose what a load at full speed sends. */
const bufferKiB = 512 << 10
/** Until libpcap has handed over what came last. */
const settleMs = 1500
const tsharkPackets = 100_000
const ptPackets = 30_000
/** Stretches that a slice is made of. */
const stretches = 20
const pcapHeaderBytes = 24
const recordHeaderBytes = 16

/** @returns what tcpdump says that the kernel dropped */
async function capture(file: string): Promise<{ dropped: string; port: number }> {
  const server = await startMariadb({ generalLog: false })
  try {
    sysbench(server, 'oltp_read_only', 'prepare', load)
    const filter = ['-i', 'lo', '-s', '0', '-B', String(bufferKiB), '-w', file, `tcp port ${server.port}`]
    const tcpdump = spawn('tcpdump', filter, { stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    tcpdump.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
    while (!said.includes('listening')) await sleep(50)
    for (let turn = 0; statSync(file).size < leastBytes && turn < 60; turn++) {
      sysbench(server, turn % 3 === 2 ? 'oltp_read_only' : 'oltp_point_select', 'run', load)
    }
    await sleep(settleMs)
    tcpdump.kill('SIGINT')
    await once(tcpdump, 'exit')
    return { dropped: /(\d+) packets dropped by kernel/.exec(said)?.[1] ?? '?', port: server.port }
  } finally {
    await server.stop()
  }
}

interface Measured {
  /** Of the processor's time, in user and kernel mode: other work on the machine does not count. */
  seconds: number
  wallSeconds: number
  rssMiB: number
  stderr: string
}

/** On one core; output goes nowhere. */
function measured(command: string, ...args: string[]): Measured {
  const began = performance.now()
  const all = ['-c', '0', '/usr/bin/time', '-f', 'rss=%M user=%U system=%S', command, ...args]
  const sink = openSync('/dev/null', 'w')
  const { stderr, status } = spawnSync('taskset', all, { encoding: 'utf8', stdio: ['ignore', sink, 'pipe'] })
  if (status !== 0) throw new Error(`${command}: ${stderr}`)
  const rssMiB = Number(/rss=(\d+)/.exec(stderr)?.[1]) / 1024
  const time = /user=(?<user>[\d.]+) system=(?<system>[\d.]+)/.exec(stderr)?.groups ?? {}
  const seconds = Number(time['user']) + Number(time['system'])
  return { seconds, wallSeconds: (performance.now() - began) / 1000, rssMiB, stderr }
}

function querytap(file: string): Measured & { statements: number } {
  const run = measured(process.execPath, main, 'replay', file)
  return { ...run, statements: Number(/(\d+) exchanges/.exec(run.stderr)?.[1]) }
}

/** So many packets, in stretches that lie evenly over the whole. */
function slice(from: string, to: string, packets: number): void {
  const source = openSync(from, 'r')
  const sink = openSync(to, 'w')
  const stretchBytes = Math.ceil(statSync(from).size / stretches)
  const stretchPackets = Math.ceil(packets / stretches)
  const header = Buffer.alloc(pcapHeaderBytes)
  readSync(source, header, 0, header.length, 0)
  writeSync(sink, header)
  const record = Buffer.alloc(recordHeaderBytes)
  let position = pcapHeaderBytes
  let [stretch, taken] = [0, 0]
  while (readSync(source, record, 0, recordHeaderBytes, position) === recordHeaderBytes) {
    const bytes = recordHeaderBytes + record.readUInt32LE(8)
    if (position >= stretch * stretchBytes) {
      stretch++
      taken = 0
    }
    if (taken++ < stretchPackets) {
      const whole = Buffer.alloc(bytes)
      readSync(source, whole, 0, bytes, position)
      writeSync(sink, whole)
    }
    position += bytes
  }
  closeSync(source)
  closeSync(sink)
}

export async function replay(): Promise<Row[]> {
  const directory = mkdtempSync(join(tmpdir(), 'querytap-bench-'))
  try {
    const all = join(directory, 'all.pcap')
    const { dropped, port } = await capture(all)
    const [forTshark, forPt, text] = ['tshark.pcap', 'pt.pcap', 'pt.txt'].map((name) => join(directory, name))
    if (forTshark === undefined || forPt === undefined || text === undefined) return []
    slice(all, forTshark, tsharkPackets)
    slice(all, forPt, ptPackets)
    const dump = ['-c', `tcpdump -s 65535 -x -nn -q -tttt -r "$0" > "$1"`, forPt, text]
    spawnSync('sh', dump, { stdio: 'ignore' })

    const rate = (statements: number, { seconds }: Measured) => statements / seconds
    const speed = (file: string, { seconds }: Measured) => statSync(file).size / 1e6 / seconds
    const whole = querytap(all)
    const decodeAs = ['-d', `tcp.port==${port},mysql`]
    const fields = ['-e', 'frame.time_epoch', '-e', 'mysql.command', '-e', 'mysql.query', '-e', 'mysql.error_code']
    const tshark = measured('tshark', '-r', forTshark, ...decodeAs, '-Y', 'mysql', '-T', 'fields', ...fields)
    const pt = measured('pt-query-digest', '--type', 'tcpdump', '--watch-server', `127.0.0.1:${port}`, text)
    const again = querytap(all)
    const best = again.seconds < whole.seconds ? again : whole
    const ours = rate(best.statements, best)
    // the slices' statements, as querytap counts them: equal traffic, equal count
    const tsharkRate = rate(querytap(forTshark).statements, tshark)
    const ptRate = rate(querytap(forPt).statements, pt)
    const row = (name: string, file: string, run: Measured, statements: number): Row => [
      name,
      `${run.seconds.toFixed(1)} s of one core (${run.wallSeconds.toFixed(1)} s of a clock), ${statements.toFixed(0)} statements/s, ${speed(file, run).toFixed(1)} MB/s, ${run.rssMiB.toFixed(0)} MiB`,
    ]
    const megabytes = (file: string) => `${(statSync(file).size / 1e6).toFixed(0)} MB`
    return [
      [`capture (tcpdump dropped ${dropped} packets)`, `${megabytes(all)}, ${best.statements} statements`],
      row('querytap replay, the better of two runs', all, best, ours),
      row(`tshark -Y mysql -T fields, slices of ${megabytes(forTshark)}`, forTshark, tshark, tsharkRate),
      row(
        `pt-query-digest --type tcpdump, slices of ${megabytes(forPt)}, without the conversion to text`,
        forPt,
        pt,
        ptRate,
      ),
      ['querytap to tshark, statements/s', (ours / tsharkRate).toFixed(1)],
      ['querytap to pt-query-digest, statements/s', (ours / ptRate).toFixed(1)],
      ['what querytap says of losses', /lost: .*/.exec(best.stderr)?.[0] ?? '?'],
    ]
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
