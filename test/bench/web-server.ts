/** What a capture costs a saturated web server: wrk against nginx, with and without capture in turn. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startCapture } from '../kernel/capture-process.ts'
import { startNginx } from '../kernel/nginx-server.ts'
import { median, type Row } from './table.ts'

const rounds = 4
const seconds = 5

function load(port: number): { requests: number; rate: number } {
  const args = ['-t1', '-c16', `-d${seconds}s`, `http://127.0.0.1:${port}/small.txt`]
  const { stdout, stderr, status } = spawnSync('wrk', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`wrk: ${stdout}${stderr}`)
  return {
    requests: Number(/(\d+) requests in/.exec(stdout)?.[1]),
    rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]),
  }
}

export async function webServer(): Promise<Row[]> {
  const directory = mkdtempSync(join(tmpdir(), 'querytap-bench-'))
  const nginx = await startNginx()
  try {
    load(nginx.port)
    const without: number[] = []
    const withCapture: number[] = []
    const lost: string[] = []
    let sent = 0
    let seen = 0
    for (let round = 0; round < rounds; round++) {
      without.push(load(nginx.port).rate)
      const store = join(directory, `${round}.db`)
      const capture = await startCapture(['--port', String(nginx.port), '--slow', '1h', '--store', store])
      const { requests, rate } = load(nginx.port)
      const { stderr } = await capture.stop()
      withCapture.push(rate)
      sent += requests
      seen += Number(/(\d+) exchanges;/.exec(stderr)?.[1])
      lost.push(/lost: (\d+)/.exec(stderr)?.[1] ?? '?')
    }
    return [
      ['requests/s without capture, median of rounds', median(without).toFixed(0)],
      ['requests/s with capture, median of rounds', median(withCapture).toFixed(0)],
      ['with to without', (median(withCapture) / median(without)).toFixed(3)],
      ['requests answered while capturing, by wrk', String(sent)],
      ['exchanges captured', String(seen)],
      ['lost records by round', lost.join(', ')],
    ]
  } finally {
    await nginx.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}
