/**
 * What connections that come and go leave behind: 100,000 of them, one HTTP exchange each, as fast as they go or, with
 * CHURN_MINUTES, that many minutes of a modest load; the capture's memory, and the entries of the kernel's maps beside the
 * connections that live.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { BpfMaps } from '../kernel/bpf-maps.ts'
import { startCapture } from '../kernel/capture-process.ts'
import { processorSeconds } from './processor-time.ts'
import { ratio, type Row } from './table.ts'

const program = fileURLToPath(new URL('../kernel/churn-load.js', import.meta.url))
const minutes = Number(process.env['CHURN_MINUTES'] ?? 0)
const aMinute = 9_000
const parts = minutes > 0 ? minutes : 5
const total = minutes > 0 ? minutes * aMinute : Number(process.env['CHURN_CONNECTIONS'] ?? 100_000)
/** Of an hour, each tenth minute's memory is told. */
const told = minutes > 0 ? 10 : 1
const staying = 100

function rssMiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}

function extremes(values: number[]): string {
  return `${Math.min(...values).toFixed(0)}; ${Math.max(...values).toFixed(0)}`
}

export async function churn(): Promise<Row[]> {
  const directory = mkdtempSync(join(tmpdir(), 'querytap-bench-'))
  const load = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: load.stdout })[Symbol.asyncIterator]()
  const tell = async (command: string) => {
    load.stdin.write(`${command}\n`)
    await lines.next()
  }
  try {
    const port = Number((await lines.next()).value)
    const capture = await startCapture(['--port', String(port), '--store', join(directory, 'store.db')])
    const maps = new BpfMaps(capture.pid)
    const memory = [rssMiB(capture.pid)]
    await tell(`stay ${staying}`)
    const since = performance.now()
    const before = processorSeconds(capture.pid)
    for (let part = 0; part < parts; part++) {
      await tell(`${minutes > 0 ? 'minute' : 'go'} ${total / parts}`)
      await sleep(1000)
      memory.push(rssMiB(capture.pid))
      if (minutes > 0) process.stderr.write(`${part + 1} minutes: ${memory.at(-1)?.toFixed(1)} MiB\n`)
    }
    const seconds = (performance.now() - since) / 1000
    const processor = processorSeconds(capture.pid) - before
    const left = maps.connectionsOf(port).length
    const dead = [maps.deadCalls().length, maps.deadPendings().length]
    const missed = maps.programs().reduce((sum, { misses }) => sum + misses, 0)
    const { stderr } = await capture.stop()
    const rss = (part: number) => memory[part] ?? Number.NaN
    return [
      ['connections made and ended', String(total)],
      ['exchanges captured', /(\d+) exchanges/.exec(stderr)?.[1] ?? '?'],
      ['memory of the capture before, MiB', rss(0).toFixed(0)],
      ...memory.flatMap((mib, part): Row[] =>
        part === 1 || (part > 0 && part % told === 0)
          ? [[`after ${minutes > 0 ? `${part} minutes` : (total / parts) * part}, MiB`, mib.toFixed(0)]]
          : [],
      ),
      ['lowest and highest after the first, MiB', extremes(memory.slice(1))],
      ['the last to the first', ratio(rss(parts), rss(1))],
      ['processor of the capture', `${((processor / seconds) * 100).toFixed(1)} % of one`],
      ['entries of the map of connections; ends that live', `${left}; ${2 * staying}`],
      ['entries of the maps of calls and of sums, of nothing that lives', dead.join('; ')],
      ['runs of a probe that the kernel left out', String(missed)],
      ['lost', /lost: (.*)/.exec(stderr)?.[1] ?? '?'],
    ]
  } finally {
    load.kill()
    rmSync(directory, { recursive: true, force: true })
  }
}
