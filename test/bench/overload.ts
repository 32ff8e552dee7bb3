/**
 * A reader that has less processor time than the traffic needs: what was offered, captured and given up at 1, 2 and 10
 * times of what it can read, and whether the counts add up. Its share of time is given to it by stopping and continuing
 * the process; what it can read is what it read in the processor time that it took with nothing in its way.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startCapture } from '../kernel/capture-process.ts'
import { tellRecording } from '../kernel/tell-recording.ts'
import type { Row } from './table.ts'
import { type Moved, startTraffic } from './traffic.ts'

const seconds = 5
const calm = 10
/** The reader's turns, long enough for its timers and short beside a run. */
const periodMs = 50

interface Run {
  offered: Moved
  calm: Moved
  /** Of the reader, while the traffic ran. */
  cpuSeconds: number
  captured: number
  givenUp: number
  lostCalls: number
  lostBytes: number
  toldBytes: number
}

/** Processor time of a process, in seconds. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

/** @param share of the time that the reader may run, while there is traffic */
async function observe(directory: string, share: number, rate = Infinity): Promise<Run> {
  const traffic = await startTraffic()
  const { pid, port } = traffic
  try {
    const recording = join(directory, 'overload.qtap')
    const options = ['--pid', String(pid), '--port', String(port), '--store', join(directory, `${share}.db`)]
    // one line for each statement would be most of the work
    const capture = await startCapture([...options, '--ring', '1m', '--slow', '1h', '--record', recording])
    const logins = await traffic.tell('calm 1')
    const before = cpuSeconds(capture.pid)
    let running = true
    const throttle = (async () => {
      while (running && share < 1) {
        process.kill(capture.pid, 'SIGSTOP')
        await sleep(periodMs * (1 - share))
        process.kill(capture.pid, 'SIGCONT')
        await sleep(periodMs * share)
      }
    })()
    const offered = await traffic.tell(`run ${seconds} ${rate}`)
    running = false
    await throttle
    const took = cpuSeconds(capture.pid) - before
    // what waits in the ring is read
    await sleep(2000)
    const after = await traffic.tell(`calm ${calm}`)
    await sleep(500)
    const { stderr } = await capture.stop()
    const count = (pattern: RegExp) => Number(pattern.exec(stderr)?.[1] ?? 0)
    let toldBytes = 0
    const moved = (_id: number, _direction: string, _position: number, length: number) => {
      toldBytes += length
    }
    await tellRecording(recording, { opened() {}, moved, closed() {}, tick() {} })
    offered.statements += logins.statements
    offered.bytes += logins.bytes
    return {
      offered,
      calm: after,
      cpuSeconds: took,
      captured: count(/(\d+) exchanges;/),
      givenUp: count(/(\d+) exchanges given up/),
      lostCalls: count(/(\d+) calls left out/),
      lostBytes: count(/(\d+) bytes of them/),
      toldBytes,
    }
  } finally {
    traffic.stop()
  }
}

export async function overload(): Promise<Row[]> {
  const directory = mkdtempSync(join(tmpdir(), 'querytap-bench-'))
  const rows: Row[] = []
  try {
    const free = await observe(directory, 1)
    // so many that the machine can bear them whatever the reader does
    const rate = free.offered.statements / seconds / 2
    const perCore = free.offered.statements / free.cpuSeconds
    rows.push(['statements/s offered', rate.toFixed(0)])
    rows.push(['statements/s that one core of the reader takes', perCore.toFixed(0)])
    for (const times of [1, 2, 10]) {
      const share = Math.min(1, rate / perCore / times)
      const run = await observe(directory, share, rate)
      const statements = run.offered.statements + run.calm.statements
      const bytes = run.offered.bytes + run.calm.bytes
      const logins = 16
      rows.push([`${times}×: statements offered`, String(statements)])
      rows.push([`${times}×: exchanges captured, logins too`, String(run.captured)])
      rows.push([`${times}×: exchanges given up, wholly or in part`, String(run.givenUp)])
      rows.push([
        `${times}×: captured and given up, less offered`,
        String(run.captured + run.givenUp - statements - logins),
      ])
      rows.push([`${times}×: calls left out`, String(run.lostCalls)])
      rows.push([`${times}×: bytes moved, told, given up`, `${bytes}, ${run.toldBytes}, ${run.lostBytes}`])
      rows.push([`${times}×: bytes that no count has`, String(bytes - run.toldBytes - run.lostBytes)])
    }
    return rows
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
