/**
 * What a capture costs servers under load, by attach mode: sysbench's point selects against MariaDB, then wrk against nginx, without
 * a capture and with one in each mode, in turn, and how much of what was sent it counted. Made for a virtual machine, where
 * all modes work and only ratios mean something: `test/vm/boot --limit 900 6.12 node dist/test/bench/bench.js machine-load`.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { tryModes } from '../../src/bpf/attach.ts'
import type { AttachMode } from '../../src/bpf/attach-mode.ts'
import { startCapture } from '../kernel/capture-process.ts'
import { type MariadbServer, startMariadb } from '../kernel/mariadb-server.ts'
import { startNginx } from '../kernel/nginx-server.ts'
import { pointSelects, sysbench } from './sysbench.ts'
import type { Row, Sent } from './table.ts'
import { smallFiles } from './wrk.ts'

const rounds = 2
const turn = { threads: 16, seconds: 4 }

interface Load {
  what: string
  run(): Sent
  /** Counts them in a capture's store. */
  sql: string
}

interface Turns {
  rates: number[]
  sent: number
  captured: number
}

/** By load. */
type Figures = Map<Load, Turns>

interface Mode {
  mode: AttachMode
  figures: Figures
  /** Records, by round. */
  lost: string[]
}

export async function machineLoad(): Promise<Row[]> {
  const directory = mkdtempSync(join(tmpdir(), 'querytap-bench-'))
  const server = await startMariadb({ generalLog: false })
  const nginx = await startNginx()
  try {
    sysbench(server, 'oltp_point_select', 'prepare', turn)
    return await takeTurns(loadsOn(server, nginx.port), [server.port, nginx.port], directory)
  } finally {
    await nginx.stop()
    await server.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}

function loadsOn(server: MariadbServer, webPort: number): Load[] {
  return [
    {
      what: 'point selects',
      run: () => pointSelects(server, turn),
      sql: "SELECT sum(calls) FROM statements WHERE statement LIKE 'select c from sbtest%'",
    },
    { what: 'small files', run: () => smallFiles(webPort, turn.seconds), sql: 'SELECT sum(calls) FROM requests' },
  ]
}

async function takeTurns(loads: readonly Load[], ports: readonly number[], directory: string): Promise<Row[]> {
  const figures = (): Figures => new Map(loads.map((load) => [load, { rates: [], sent: 0, captured: 0 }]))
  const without = figures()
  const trials = tryModes()
  const modes = trials
    .filter(({ error }) => error === null)
    .map(({ mode }): Mode => ({ mode, figures: figures(), lost: [] }))
  const given = ['--slow', '1h', ...ports.flatMap((port) => ['--port', String(port)])]
  for (const load of loads) load.run()
  for (let round = 0; round < rounds; round++) {
    runAll('without capture', without)
    for (const { mode, figures, lost } of modes) {
      const store = join(directory, `${mode}-${round}.db`)
      const capture = await startCapture(['--attach', mode, ...given, '--store', store])
      runAll(mode, figures)
      const { stderr } = await capture.stop()
      lost.push(/lost: (\d+)/.exec(stderr)?.[1] ?? '?')
      count(figures, store)
    }
  }
  const refused = trials.flatMap(({ mode, error }): Row[] =>
    error === null ? [] : [[mode, `not here: ${error.message.split('\n', 1).join()}`]],
  )
  return [...modes.flatMap((mode) => rowsOf(mode, without)), ...refused, ...rowsWithout(without)]
}

function runAll(how: string, figures: Figures): void {
  for (const [load, turns] of figures) {
    const { exchanges, rate } = load.run()
    process.stderr.write(`${how}: ${rate.toFixed(0)} ${load.what}/s\n`)
    turns.rates.push(rate)
    turns.sent += exchanges
  }
}

function count(figures: Figures, store: string): void {
  const database = new Database(store, { readonly: true })
  for (const [{ sql }, turns] of figures) turns.captured += Number(database.prepare(sql).pluck().get())
  database.close()
}

function rowsOf({ mode, figures, lost }: Mode, without: Figures): Row[] {
  const rows = [...figures].flatMap(([load, { rates, sent, captured }]): Row[] => {
    const share = sum(rates) / sum(without.get(load)?.rates ?? [])
    return [
      [`${mode}: ${load.what}/s with capture to without`, share.toFixed(2)],
      [`${mode}: ${load.what} sent while capturing, captured`, `${sent}, ${captured}`],
    ]
  })
  return [...rows, [`${mode}: lost records by round`, lost.join(', ')]]
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function rowsWithout(without: Figures): Row[] {
  return [...without].map(([{ what }, { rates }]): Row => [
    `${what}/s without capture, by round`,
    rates.map((rate) => rate.toFixed(0)).join(', '),
  ])
}
