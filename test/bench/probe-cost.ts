/**
 * What the probes take of the observed processes, by the kernel's own account (`kernel.bpf_stats_enabled`, which itself
 * adds two readings of the clock to each run): of a connection that is captured, of one that the filter leaves out, and of
 * one that was judged uninteresting. Without a capture nothing runs.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BpfMaps } from '../kernel/bpf-maps.ts'
import { startCapture } from '../kernel/capture-process.ts'
import { freePort } from '../kernel/server-ports.ts'
import type { Row } from './table.ts'
import { startTraffic } from './traffic.ts'

const statsSwitch = '/proc/sys/kernel/bpf_stats_enabled'
const seconds = 4

async function cost(directory: string, name: string, args: string[], portOf: (port: number) => number): Promise<Row[]> {
  const traffic = await startTraffic(...args)
  try {
    const options = ['--port', String(portOf(traffic.port)), '--slow', '1h', '--store', join(directory, `${name}.db`)]
    const capture = await startCapture(options)
    const maps = new BpfMaps(capture.pid)
    // connections are made, and judged
    await traffic.tell('calm 3')
    const before = new Map(maps.programs().map((program) => [program.name, program]))
    const { statements } = await traffic.tell(`run ${seconds}`)
    const ran = maps.programs().map((program) => ({
      name: program.name,
      runs: program.runs - (before.get(program.name)?.runs ?? 0),
      ns: program.ns - (before.get(program.name)?.ns ?? 0),
    }))
    await capture.stop()
    const all = ran.reduce((sum, { ns }) => sum + ns, 0)
    return [
      ...ran
        .filter(({ runs }) => runs > statements / 2)
        .map((each): Row => [`${name}: ${each.name}, ns a run`, (each.ns / each.runs).toFixed(0)]),
      [`${name}: all probes at both ends, ns a statement`, (all / statements).toFixed(0)],
    ]
  } finally {
    traffic.stop()
  }
}

export async function probeCost(): Promise<Row[]> {
  const directory = mkdtempSync(join(tmpdir(), 'querytap-bench-'))
  const was = readFileSync(statsSwitch, 'utf8')
  const other = await freePort()
  writeFileSync(statsSwitch, '1')
  try {
    return [
      ...(await cost(directory, 'captured', [], (port) => port)),
      ...(await cost(directory, 'another port', [], () => other)),
      ...(await cost(directory, 'another protocol', ['foreign'], (port) => port)),
    ]
  } finally {
    writeFileSync(statsSwitch, was)
    rmSync(directory, { recursive: true, force: true })
  }
}
