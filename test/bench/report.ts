/**
 * `querytap report` on a month of a busy cluster, as the program runs it: time and memory for the last hour and for all of
 * it, beside what the sqlite3 shell takes to add up calls and time by digest in the same file.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { main } from '../kernel/capture-process.ts'
import { generateStore } from './generated-store.ts'
import { median, ratio, type Row } from './table.ts'

const rounds = 3
const pollMs = 5

interface Measured {
  ms: number
  /** Of the processor, both in the program and in the kernel for it. */
  cpuMs: number
  peakMiB: number
  output: string
}

/** Linux counts a process's time in these. */
const tickMs = 10

/** The process's own high-water mark and processor time, read while it lives. */
async function measured(command: string, args: string[]): Promise<Measured> {
  const began = performance.now()
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  let peakKiB = 0
  let ticks = 0
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => void (output += chunk))
  const look = (): void => {
    try {
      const status = readFileSync(`/proc/${child.pid ?? 0}/status`, 'utf8')
      peakKiB = Math.max(peakKiB, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0))
      // what follows the name, which may hold anything: utime and stime are the 14th and 15th field
      const stat = readFileSync(`/proc/${child.pid ?? 0}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      ticks = Number(fields[11]) + Number(fields[12])
    } catch {
      // it is gone
    }
  }
  const timer = setInterval(look, pollMs)
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  clearInterval(timer)
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: exit code ${code ?? 'none'}`)
  return { ms: performance.now() - began, cpuMs: ticks * tickMs, peakMiB: peakKiB / 1024, output }
}

async function repeated(command: string, args: string[]): Promise<Measured> {
  const runs: Measured[] = []
  for (let round = 0; round < rounds; round++) runs.push(await measured(command, args))
  const ms = median(runs.map((run) => run.ms))
  const cpuMs = median(runs.map((run) => run.cpuMs))
  return { ms, cpuMs, peakMiB: Math.max(...runs.map((run) => run.peakMiB)), output: runs[0]?.output ?? '' }
}

function text({ ms, cpuMs, peakMiB }: Measured): string {
  return `${(ms / 1000).toFixed(2)} s, ${(cpuMs / 1000).toFixed(2)} s of a processor, ${peakMiB.toFixed(0)} MiB`
}

export async function reportOnMonth(): Promise<Row[]> {
  const directory = mkdtempSync(join(tmpdir(), 'querytap-bench-'))
  const path = join(directory, 'month.db')
  try {
    const rows = generateStore(path)
    const report = (...args: string[]) => repeated(process.execPath, [main, 'report', '--store', path, ...args])
    const shell = (sql: string) => repeated('sqlite3', [path, sql])
    const sums = 'SELECT digest, sum(count), sum(sumNs) FROM all_totals'
    const start = await repeated(process.execPath, [main, '--version'])
    const hour = await report('--since', '1h', '--json')
    const month = await report('--json')
    const monthHtml = await report('--format', 'html')
    const p99 = await report('--order-by', 'p99', '--json')
    const compared = await report('--since', '1h', '--compare-to', '1d', '--json')
    const sqliteMonth = await shell(`${sums} GROUP BY digest`)
    const lastHour = `minute >= (SELECT max(minute) - 60 FROM totals)`
    const sqliteHour = await shell(`${sums.replace('all_totals', 'totals')} WHERE ${lastHour} GROUP BY digest`)
    const calls = (run: Measured): number => (JSON.parse(run.output) as { calls: number }).calls
    const bySqlite = spawnSync('sqlite3', [path, 'SELECT sum(count) FROM all_totals'], { encoding: 'utf8' }).stdout
    if (calls(month) !== Number(bySqlite)) throw new Error(`${calls(month)} calls reported, ${bySqlite.trim()} stored`)
    return [
      ['rows of totals, and the file', `${rows}, ${(statSync(path).size / 2 ** 20).toFixed(0)} MiB`],
      ['the program does nothing (`--version`)', text(start)],
      ['report of the last hour', text(hour)],
      ['report of 30 days', text(month)],
      ['report of 30 days by p99', text(p99)],
      ['report of 30 days as HTML', text(monthHtml)],
      ['the last hour compared with the day before', text(compared)],
      ['sqlite3: calls and time by digest, the last hour', text(sqliteHour)],
      ['sqlite3: calls and time by digest, 30 days', text(sqliteMonth)],
      ['report of 30 days to sqlite3, in processor time', ratio(month.cpuMs, sqliteMonth.cpuMs)],
    ]
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
