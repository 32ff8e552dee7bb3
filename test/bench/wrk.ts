/** The load of the benchmarks on a web server: wrk, sixteen connections, a small file. */
import { spawnSync } from 'node:child_process'
import type { Sent } from './table.ts'

export function smallFiles(port: number, seconds: number): Sent {
  const args = ['-t1', '-c16', `-d${seconds}s`, `http://127.0.0.1:${port}/small.txt`]
  const { stdout, stderr, status } = spawnSync('wrk', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`wrk: ${stdout}${stderr}`)
  return {
    exchanges: Number(/(\d+) requests in/.exec(stdout)?.[1]),
    rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]),
  }
}
