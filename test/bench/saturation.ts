/**
 * What a capture costs a saturated server: sysbench's point selects against MariaDB, with and without capture in turn, and
 * what the capture lost. Client, server and capture share this machine's cores.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { startCapture } from '../kernel/capture-process.ts'
import { startMariadb } from '../kernel/mariadb-server.ts'
import { pointSelects, sysbench } from './sysbench.ts'
import { median, type Row } from './table.ts'
import { warmUp } from './warm-up.ts'

const rounds = 4
const turn = { threads: 16, seconds: 8 }
const shortTurn = { ...turn, seconds: 3 }

export async function saturation(mode: string): Promise<Row[]> {
  const directory = mkdtempSync(join(tmpdir(), 'querytap-bench-'))
  const server = await startMariadb({ generalLog: false })
  try {
    sysbench(server, 'oltp_point_select', 'prepare', turn)
    pointSelects(server, turn)
    const without: number[] = []
    const withCapture: number[] = []
    let sent = 0
    let seen = 0
    const lost: string[] = []
    for (let round = 0; round < rounds; round++) {
      without.push(pointSelects(server, turn).rate)
      const store = join(directory, `${round}.db`)
      const capture = await startCapture(['--attach', mode, '--port', String(server.port), '--store', store])
      sent += warmUp(() => pointSelects(server, shortTurn))
      const { exchanges, rate } = pointSelects(server, turn)
      const { stderr } = await capture.stop()
      withCapture.push(rate)
      sent += exchanges
      seen += Number(/(\d+) exchanges/.exec(stderr)?.[1])
      lost.push(/lost: (\d+)/.exec(stderr)?.[1] ?? '?')
    }
    const share = median(withCapture) / median(without)
    return [
      ['cores shared by client, server and capture', String(availableParallelism())],
      ['statements/s without capture, median of rounds', median(without).toFixed(0)],
      [`statements/s with capture (${mode}), median of rounds`, median(withCapture).toFixed(0)],
      ['with to without', share.toFixed(3)],
      ['statements sent while capturing', String(sent)],
      ['exchanges captured (logins, PREPAREs and QUITs too)', String(seen)],
      ['lost records by round', lost.join(', ')],
    ]
  } finally {
    await server.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}
