/** How long after its last byte a statement's line is there: the ring is read on a timer, nobody is woken. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { QuerytapRecord } from '../../src/record.ts'
import { startCapture } from '../kernel/capture-process.ts'
import { median, type Row } from './table.ts'
import { startTraffic } from './traffic.ts'

const rounds = 30
const lookMs = 1

/** Milliseconds since 1970. */
function endOf({ startedAt, durationNs }: QuerytapRecord): number {
  return (
    Date.parse(`${startedAt.slice(0, 23)}Z`) + Number(`0.${startedAt.slice(23, 29)}`) + (durationNs ?? Number.NaN) / 1e6
  )
}

export async function liveDelay(): Promise<Row[]> {
  const directory = mkdtempSync(join(tmpdir(), 'querytap-bench-'))
  const traffic = await startTraffic()
  try {
    const options = ['--port', String(traffic.port), '--slow', '0', '--store', join(directory, 'store.db')]
    const capture = await startCapture(options)
    const delays: number[] = []
    let seen = 0
    let done = false
    const watching = (async () => {
      while (!done) {
        const records = capture.records()
        const now = performance.timeOrigin + performance.now()
        for (const record of records.slice(seen)) delays.push(now - endOf(record))
        seen = records.length
        await sleep(lookMs)
      }
    })()
    for (let round = 0; round < rounds; round++) await traffic.tell('calm 1')
    await sleep(1000)
    done = true
    await watching
    await capture.stop()
    const sorted = delays.filter(Number.isFinite).toSorted((a, b) => a - b)
    return [
      ['statements', String(sorted.length)],
      ['from its last byte to its line, median, ms', median(sorted).toFixed(1)],
      ['95 of 100, ms', (sorted[Math.floor(sorted.length * 0.95)] ?? Number.NaN).toFixed(1)],
      ['the longest, ms', (sorted.at(-1) ?? Number.NaN).toFixed(1)],
    ]
  } finally {
    traffic.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}
