/**
 * What a capture costs the server it watches, where the server's processor is what its load saturates: MariaDB has one processor to
 * itself, sysbench and the capture share the other, and only the server's end is captured, as on a database's own machine. What the probes
 * alone cost shows while the reader is stopped, and a large ring takes all: then sysbench has its processor to itself, as without a capture.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startCapture } from '../kernel/capture-process.ts'
import { type MariadbServer, startMariadb } from '../kernel/mariadb-server.ts'
import { pin } from './pin.ts'
import { processorSeconds } from './processor-time.ts'
import { pointSelects, sysbench } from './sysbench.ts'
import { median, ratio, type Row } from './table.ts'
import { warmUp } from './warm-up.ts'

const serverProcessor = 0
const otherProcessor = 1
const rounds = 5
/** More than a turn's records. */
const ringForATurn = '256m'
const turn = { threads: 16, seconds: 6, processor: otherProcessor }
const shortTurn = { ...turn, seconds: 3 }

interface Turn {
  /** Statements a second. */
  rate: number
  /** Processor time of the server, its share of the probes included. */
  serverNs: number
  /** Share of the turn in which each processor did nothing. */
  serverIdle: number
  otherIdle: number
}

/** proc(5), /proc/stat: user, nice, system, idle, iowait, … in ticks. */
function ticks(processor: number): { idle: number; all: number } {
  const line = new RegExp(`^cpu${processor} (.*)$`, 'm').exec(readFileSync('/proc/stat', 'utf8'))?.[1] ?? ''
  const values = line.split(' ').map(Number)
  return { idle: (values[3] ?? 0) + (values[4] ?? 0), all: values.slice(0, 8).reduce((sum, value) => sum + value, 0) }
}

function idleSince(processor: number, before: ReturnType<typeof ticks>): number {
  const now = ticks(processor)
  return (now.idle - before.idle) / (now.all - before.all)
}

function take(server: MariadbServer): Turn & { exchanges: number } {
  const before = [ticks(serverProcessor), ticks(otherProcessor)] as const
  const began = processorSeconds(server.pid)
  const { exchanges, rate } = pointSelects(server, turn)
  const serverNs = ((processorSeconds(server.pid) - began) * 1e9) / exchanges
  const [serverIdle, otherIdle] = [idleSince(serverProcessor, before[0]), idleSince(otherProcessor, before[1])]
  return { exchanges, rate, serverNs, serverIdle, otherIdle }
}

export async function observedServer(): Promise<Row[]> {
  const directory = mkdtempSync(join(tmpdir(), 'querytap-bench-'))
  const server = await startMariadb({ generalLog: false })
  try {
    pin(server.pid, serverProcessor)
    sysbench(server, 'oltp_point_select', 'prepare', turn)
    pointSelects(server, turn)
    const without: Turn[] = []
    const withProbes: Turn[] = []
    const withCapture: Turn[] = []
    let sent = 0
    let seen = 0
    const lost: string[] = []
    const readerNs: number[] = []
    const captured = async (name: string, options: readonly string[], isRead: boolean) => {
      const filters = ['--comm', 'mariadbd', '--port', String(server.port)]
      const capture = await startCapture([...filters, ...options, '--store', join(directory, `${name}.db`)])
      pin(capture.pid, otherProcessor)
      if (isRead) sent += warmUp(() => pointSelects(server, shortTurn))
      else process.kill(capture.pid, 'SIGSTOP')
      const readerBegan = processorSeconds(capture.pid)
      const turn = take(server)
      if (isRead) readerNs.push(((processorSeconds(capture.pid) - readerBegan) * 1e9) / turn.exchanges)
      else process.kill(capture.pid, 'SIGCONT')
      const { stderr } = await capture.stop()
      sent += turn.exchanges
      seen += Number(/(\d+) exchanges/.exec(stderr)?.[1])
      lost.push(/lost: (\d+)/.exec(stderr)?.[1] ?? '?')
      return turn
    }
    for (let round = 0; round < rounds; round++) {
      without.push(take(server))
      withProbes.push(await captured(`probes ${round}`, ['--ring', ringForATurn], false))
      withCapture.push(await captured(`capture ${round}`, [], true))
    }
    const medians = (of: (turn: Turn) => number) =>
      [withCapture, withProbes, without].map((turns) => median(turns.map(of))) as [number, number, number]
    const all = (of: (turn: Turn) => number, digits: number) =>
      medians(of)
        .map((each) => each.toFixed(digits))
        .join('; ')
    const [rateCaptured, rateProbed, rate] = medians((turn) => turn.rate)
    const [nsCaptured, nsProbed, ns] = medians((turn) => turn.serverNs)
    return [
      [
        'statements/s with capture; with the probes, their ring not read; without; medians of rounds',
        all((turn) => turn.rate, 0),
      ],
      ['with capture to without', ratio(rateCaptured, rate)],
      ['with the probes to without', ratio(rateProbed, rate)],
      ["the server's processor time a statement in the same order, µs", all(({ serverNs }) => serverNs / 1000, 2)],
      ['without to with capture', ratio(ns, nsCaptured)],
      ['without to with the probes', ratio(ns, nsProbed)],
      ["the reader's processor time a statement, µs", (median(readerNs) / 1000).toFixed(2)],
      ["share of time in which the server's processor was idle", all(({ serverIdle }) => serverIdle, 3)],
      ["the other's", all(({ otherIdle }) => otherIdle, 3)],
      ['statements sent while capturing', String(sent)],
      ['exchanges captured (logins and QUITs too)', String(seen)],
      ['lost records by turn', lost.join(', ')],
    ]
  } finally {
    await server.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}
