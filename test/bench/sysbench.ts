/** The load of the benchmarks: a script of sysbench on two tables of 10,000 rows, plain text, without prepared statements. */
import { spawnSync } from 'node:child_process'
import type { MariadbServer } from '../kernel/mariadb-server.ts'
import type { Sent } from './table.ts'

export interface Load {
  threads: number
  seconds: number
  /** On which the load runs; default: any. */
  processor?: number
}

/** @returns what sysbench printed */
export function sysbench(server: MariadbServer, script: string, command: string, load: Load): string {
  const { threads, seconds, processor } = load
  const [program, ...pinned] = processor === undefined ? ['sysbench'] : ['taskset', '-c', String(processor), 'sysbench']
  const { stdout, stderr, status } = spawnSync(
    program,
    [
      ...pinned,
      script,
      '--mysql-host=127.0.0.1',
      `--mysql-port=${server.port}`,
      `--mysql-user=${server.user}`,
      `--mysql-password=${server.password}`,
      '--mysql-db=tap',
      '--mysql-ssl=off',
      '--db-ps-mode=disable',
      '--tables=2',
      '--table-size=10000',
      `--threads=${threads}`,
      `--time=${seconds}`,
      command,
    ],
    { encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(`sysbench ${script}: ${stdout}${stderr}`)
  return stdout
}

export function pointSelects(server: MariadbServer, load: Load): Sent {
  const match = /queries:\s+(\d+)\s+\(([\d.]+) per sec/.exec(sysbench(server, 'oltp_point_select', 'run', load))
  return { exchanges: Number(match?.[1]), rate: Number(match?.[2]) }
}
