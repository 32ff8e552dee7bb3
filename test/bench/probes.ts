/**
 * What the probes cost the observed program, by attach mode: nanoseconds of their programs for one call, captured and on a
 * socket of no interest (kernel.bpf_stats_enabled), and round trips with and without them, in turn. The same runs in a virtual
 * machine (`test/vm/boot 6.12 node dist/test/bench/bench.js probes`), where only ratios mean something.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { type AttachMode, attachModes } from '../../src/bpf/attach-mode.ts'
import type { LiveCapture } from '../../src/capture/live-capture.ts'
import type { SourceSink } from '../../src/capture/source.ts'
import { captureShape, openLiveCapture } from '../../src/cli/capture-options.ts'
import { QuerytapError } from '../../src/querytap-error.ts'
import { median, ratio, type Row } from './table.ts'

const source = fileURLToPath(new URL('../../../test/bench/ping-pong.c', import.meta.url))
const statsSwitch = '/proc/sys/kernel/bpf_stats_enabled'
const turnMs = 400
const rounds = 7
/** A send and a receive at each end. */
const callsOfRoundTrip = 4
const captureOptions = z.object(captureShape)
const nobody: SourceSink = { opened() {}, moved() {}, closed() {}, tick() {} }

interface Cost {
  /** Of all programs, for one call. */
  nanoseconds: number
  runs: number
}

interface PingPong {
  port: number
  turn: () => Promise<{ roundTrips: number; nanoseconds: number }>
}

export async function probes(): Promise<Row[]> {
  const directory = mkdtempSync(join(tmpdir(), 'querytap-bench-'))
  const program = join(directory, 'ping-pong')
  const { status, stderr } = spawnSync('gcc', ['-O2', '-o', program, source, '-lpthread'], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`gcc ${source}: ${stderr}`)
  const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] })
  try {
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const next = async () => String((await lines.next()).value)
    const port = Number(await next())
    const turn = async () => {
      child.stdin.write(`${turnMs}\n`)
      const [roundTrips = 0, nanoseconds = 0] = (await next()).split(' ').map(Number)
      return { roundTrips, nanoseconds }
    }
    return await ofAllModes({ port, turn })
  } finally {
    child.stdin.end()
    if (child.exitCode === null) await once(child, 'exit')
    rmSync(directory, { recursive: true, force: true })
  }
}

async function ofAllModes(pingPong: PingPong): Promise<Row[]> {
  const rows: Row[] = []
  const captured = new Map<AttachMode, number>()
  await pingPong.turn()
  for (const mode of attachModes) {
    try {
      const wanted = await probeCost(mode, pingPong, [pingPong.port])
      const unwanted = await probeCost(mode, pingPong, [1])
      captured.set(mode, wanted.nanoseconds)
      const told = ({ nanoseconds, runs }: Cost) => `${nanoseconds.toFixed(0)} ns in ${runs.toFixed(2)} runs`
      rows.push([`${mode}: programs for a call that is captured`, told(wanted)])
      rows.push([`${mode}: programs for a call on a socket of no interest`, told(unwanted)])
      rows.push([`${mode}: the second to the first`, ratio(unwanted.nanoseconds, wanted.nanoseconds)])
      rows.push([`${mode}: round trips/s with capture to without`, await slowdown(mode, pingPong, [pingPong.port])])
      rows.push([`${mode}: the same, socket of no interest`, await slowdown(mode, pingPong, [1])])
    } catch (error) {
      if (!(error instanceof QuerytapError)) throw error
      rows.push([mode, `not here: ${error.message}`])
    }
  }
  const [fentry, kprobe] = [captured.get('fentry'), captured.get('kprobe')]
  if (fentry !== undefined && kprobe !== undefined) {
    rows.push(['programs of fentry to those of kprobe, a captured call', ratio(fentry, kprobe)])
  }
  return rows
}

/** Only its own programs are counted: others may capture at the same time. */
async function probeCost(mode: AttachMode, pingPong: PingPong, ports: number[]): Promise<Cost> {
  const before = readFileSync(statsSwitch, 'utf8')
  const live = start(mode, ports)
  try {
    writeFileSync(statsSwitch, '1')
    await pingPong.turn()
    const began = programTimes()
    const { roundTrips } = await pingPong.turn()
    const ended = programTimes()
    const calls = roundTrips * callsOfRoundTrip
    return { nanoseconds: (ended.nanoseconds - began.nanoseconds) / calls, runs: (ended.runs - began.runs) / calls }
  } finally {
    writeFileSync(statsSwitch, before)
    live.stop()
  }
}

/** Of this process's BPF programs together: their descriptors tell it. */
function programTimes(): Cost {
  const sum = { nanoseconds: 0, runs: 0 }
  for (const fd of readdirSync('/proc/self/fdinfo')) {
    let text = ''
    try {
      text = readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1')
    } catch {
      continue // the directory's own descriptor is gone by now
    }
    sum.nanoseconds += Number(/^run_time_ns:\s*(\d+)/m.exec(text)?.[1] ?? 0)
    sum.runs += Number(/^run_cnt:\s*(\d+)/m.exec(text)?.[1] ?? 0)
  }
  return sum
}

async function slowdown(mode: AttachMode, { turn }: PingPong, ports: number[]): Promise<string> {
  const without: number[] = []
  const withCapture: number[] = []
  const rate = async () => {
    const { roundTrips, nanoseconds } = await turn()
    return roundTrips / nanoseconds
  }
  for (let round = 0; round < rounds; round++) {
    without.push(await rate())
    const live = start(mode, ports)
    try {
      withCapture.push(await rate())
    } finally {
      live.stop()
    }
  }
  return ratio(median(withCapture), median(without))
}

function start(mode: AttachMode, ports: number[]): LiveCapture {
  const live = openLiveCapture(captureOptions.parse({ attach: mode, port: ports.map(String) }))
  live.start(nobody, (error) => {
    throw error
  })
  return live
}
