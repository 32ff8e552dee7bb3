/** What a capture costs a saturated web server: wrk against nginx, with and without capture in turn. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startCapture } from '../kernel/capture-process.ts'
import { startNginx } from '../kernel/nginx-server.ts'
import { median, type Row } from './table.ts'
import { smallFiles } from './wrk.ts'
import { warmUp } from './warm-up.ts'

const rounds = 4
const seconds = 5
const shortSeconds = 3

export async function webServer(): Promise<Row[]> {
  const directory = mkdtempSync(join(tmpdir(), 'querytap-bench-'))
  const nginx = await startNginx()
  try {
    smallFiles(nginx.port, seconds)
    const without: number[] = []
    const withCapture: number[] = []
    const lost: string[] = []
    let sent = 0
    let seen = 0
    for (let round = 0; round < rounds; round++) {
      without.push(smallFiles(nginx.port, seconds).rate)
      const store = join(directory, `${round}.db`)
      const capture = await startCapture(['--port', String(nginx.port), '--slow', '1h', '--store', store])
      sent += warmUp(() => smallFiles(nginx.port, shortSeconds))
      const { exchanges, rate } = smallFiles(nginx.port, seconds)
      const { stderr } = await capture.stop()
      withCapture.push(rate)
      sent += exchanges
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
