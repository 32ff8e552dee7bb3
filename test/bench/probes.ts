/**
 * What the probes take of the observed program, by attach mode and by what becomes of its connection: nanoseconds of a run of each
 * program by the kernel's own account (`kernel.bpf_stats_enabled`), beside what that account takes of a program that does
 * nothing; and round trips with and without a capture, in turn. The same runs in a virtual machine, where the modes
 * are compared with each other (`test/vm/boot --limit 900 6.12 node dist/test/bench/bench.js probes`): there only ratios mean something.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { type AttachMode, attachModes } from '../../src/bpf/attach-mode.ts'
import type { LiveCapture } from '../../src/capture/live-capture.ts'
import type { SourceSink } from '../../src/capture/source.ts'
import { captureShape, openLiveCapture } from '../../src/cli/capture-options.ts'
import { QuerytapError } from '../../src/querytap-error.ts'
import { withProbe } from './compiled-probe.ts'
import { type PingPong, startPingPong } from './ping-pong.ts'
import { median, ratio, type Row } from './table.ts'

const emptySource = fileURLToPath(new URL('../../../test/bench/empty.bpf.c', import.meta.url))
const statsSwitch = '/proc/sys/kernel/bpf_stats_enabled'
const turnMs = 400
const rounds = 5
/** A capture is attached for each. */
const attachedRounds = 3
/** A send and a receive at each end. */
const callsOfRoundTrip = 4
const captureOptions = z.object(captureShape)

/** What becomes of the connection whose calls are measured; `no socket`: calls on other files. */
const fates = [
  'captured',
  'another port',
  'judged uninteresting',
  'no socket',
  'captured of a unix-domain socket',
  'another unix-domain socket',
] as const
type Fate = (typeof fates)[number]

interface Cost {
  /** Nanoseconds of a run, by program: medians of the rounds. */
  programs: Map<string, number>
  /** Of all programs, for one call. */
  nanosecondsOfCall: number
}

export async function probes(): Promise<Row[]> {
  const directory = mkdtempSync(join(tmpdir(), 'querytap-bench-'))
  const before = readFileSync(statsSwitch, 'utf8')
  const pingPong = await startPingPong(directory)
  try {
    const rows: Row[] = []
    const costs = new Map<AttachMode, Map<Fate, Cost>>()
    for (const mode of attachModes) {
      try {
        writeFileSync(statsSwitch, '1')
        rows.push([`${mode}: a program that does nothing`, await floor(mode, directory, pingPong)])
        const ofMode = new Map<Fate, Cost>()
        for (const fate of fates) ofMode.set(fate, await cost(mode, fate, pingPong))
        costs.set(mode, ofMode)
        rows.push(...told(mode, ofMode))
        writeFileSync(statsSwitch, '0')
        for (const fate of ['captured', 'another port', 'captured of a unix-domain socket'] as const) {
          rows.push([`${mode}: round trips/s with to without, ${fate}`, await slowdown(mode, fate, pingPong)])
        }
      } catch (error) {
        if (!(error instanceof QuerytapError)) throw error
        rows.push([mode, `not here: ${error.message}`])
      }
    }
    return [...rows, ...compared(costs)]
  } finally {
    writeFileSync(statsSwitch, before)
    await pingPong.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}

function told(mode: AttachMode, ofMode: Map<Fate, Cost>): Row[] {
  const names = new Set([...ofMode.values()].flatMap(({ programs }) => [...programs.keys()]))
  const figures = (figure: (cost: Cost) => number | undefined) =>
    fates.map((fate) => {
      const each = ofMode.get(fate)
      return `${(each && figure(each)?.toFixed(0)) ?? 'none'} ${fate}`
    })
  return [
    ...[...names].map((name): Row => [
      `${mode}: ${name}, ns a run`,
      figures(({ programs }) => programs.get(name)).join(', '),
    ]),
    [`${mode}: all programs, ns a call`, figures(({ nanosecondsOfCall }) => nanosecondsOfCall).join(', ')],
  ]
}

/** What fentry saves. */
function compared(costs: Map<AttachMode, Map<Fate, Cost>>): Row[] {
  const rows: Row[] = []
  for (const fate of fates) {
    const of = (mode: AttachMode) => costs.get(mode)?.get(fate)?.nanosecondsOfCall
    const kprobe = of('kprobe')
    for (const mode of ['fentry', 'tracepoint'] as const) {
      const other = of(mode)
      if (kprobe === undefined || other === undefined || kprobe === 0) continue
      rows.push([`programs of ${mode} to those of kprobe, ${fate}`, ratio(other, kprobe)])
    }
  }
  return rows
}

/** Nanoseconds that the account takes of itself. */
async function floor(mode: AttachMode, directory: string, pingPong: PingPong): Promise<string> {
  return await withProbe(emptySource, mode, directory, async () => {
    const { programs: runs } = await measured(async () => await pingPong.roundTrips(turnMs))
    return `${(runs.get(mode) ?? Number.NaN).toFixed(0)} ns a run`
  })
}

async function cost(mode: AttachMode, fate: Fate, pingPong: PingPong): Promise<Cost> {
  const live = start(mode, fate, pingPong)
  try {
    return await measured(async () =>
      fate === 'no socket'
        ? ((await pingPong.files(turnMs)) * 2 * turnMs) / 1000
        : ((await roundTrips(fate, pingPong)) * callsOfRoundTrip * turnMs) / 1000,
    )
  } finally {
    live.stop()
  }
}

async function roundTrips(fate: Fate, pingPong: PingPong): Promise<number> {
  return await (isUnix(fate) ? pingPong.unixRoundTrips(turnMs) : pingPong.roundTrips(turnMs))
}

function isUnix(fate: Fate): boolean {
  return fate.endsWith('unix-domain socket')
}

/** @param turn returns its number of calls */
async function measured(turn: () => Promise<number>): Promise<Cost> {
  const names = namesOfPrograms()
  await turn() // connections are met, and judged
  const ofPrograms = new Map<string, number[]>()
  const ofCalls: number[] = []
  for (let round = 0; round < rounds; round++) {
    const began = runsOfPrograms()
    const calls = await turn()
    let sum = 0
    for (const [id, { runs, ns }] of runsOfPrograms()) {
      const ran = runs - (began.get(id)?.runs ?? 0)
      const took = ns - (began.get(id)?.ns ?? 0)
      const name = names.get(id) ?? String(id)
      sum += took
      if (ran > calls / 8) ofPrograms.set(name, [...(ofPrograms.get(name) ?? []), took / ran])
    }
    ofCalls.push(sum / calls)
  }
  return {
    programs: new Map([...ofPrograms].map(([name, figures]) => [name, median(figures)])),
    nanosecondsOfCall: median(ofCalls),
  }
}

/** Of this process, by id: others may capture at the same time. Its descriptors tell. */
function runsOfPrograms(): Map<number, { runs: number; ns: number }> {
  const found = new Map<number, { runs: number; ns: number }>()
  for (const fd of readdirSync('/proc/self/fdinfo')) {
    let text = ''
    try {
      text = readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1')
    } catch {
      continue // the directory's own descriptor is gone by now
    }
    const number = (field: string) => Number(new RegExp(`^${field}:\\s*(\\d+)`, 'm').exec(text)?.[1] ?? 0)
    const id = number('prog_id')
    // a link names its program too
    if (text.includes('prog_type:')) found.set(id, { runs: number('run_cnt'), ns: number('run_time_ns') })
  }
  return found
}

function namesOfPrograms(): Map<number, string> {
  const { stdout } = spawnSync('bpftool', ['-j', 'prog', 'show'], { encoding: 'utf8', maxBuffer: 1 << 24 })
  const programs = z.array(z.object({ id: z.number(), name: z.string().default('') })).parse(JSON.parse(stdout))
  return new Map(programs.map(({ id, name }) => [id, name]))
}

/** Round trips a second with a capture to those without, in turn. */
async function slowdown(mode: AttachMode, fate: Fate, pingPong: PingPong): Promise<string> {
  const without: number[] = []
  const withCapture: number[] = []
  for (let round = 0; round < attachedRounds; round++) {
    without.push(await roundTrips(fate, pingPong))
    const live = start(mode, fate, pingPong)
    try {
      withCapture.push(await roundTrips(fate, pingPong))
    } finally {
      live.stop()
    }
  }
  return ratio(median(withCapture), median(without))
}

function start(mode: AttachMode, fate: Fate, { port, socket }: PingPong): LiveCapture {
  const place = fate.startsWith('another')
    ? { port: ['1'] }
    : isUnix(fate)
      ? { socket: [socket] }
      : { port: [String(port)] }
  const live = openLiveCapture(captureOptions.parse({ attach: mode, nice: '0', ...place }))
  const sink: SourceSink = {
    opened: ({ connection }) => {
      if (fate === 'judged uninteresting') live.ignore(connection)
    },
    moved() {},
    closed() {},
    tick() {},
  }
  live.start(sink, (error) => {
    throw error
  })
  return live
}
