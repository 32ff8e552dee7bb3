/**
 * What the probes take of the observed program, by attach mode and by what becomes of its connection: nanoseconds of a run of each
 * program by the kernel's own account (`kernel.bpf_stats_enabled`), beside what that account takes of a program that does
 * nothing; and round trips with and without a capture, in turn. The same runs in a virtual machine, where the modes
 * are compared with each other (`test/vm/boot --limit 900 6.12 node dist/test/bench/bench.js probes`): there only ratios mean something.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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
import { namesOfPrograms, runsOfPrograms } from './program-runs.ts'
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
    const here: AttachMode[] = []
    for (const mode of attachModes) {
      try {
        writeFileSync(statsSwitch, '1')
        rows.push([`${mode}: a program that does nothing`, await floor(mode, directory, pingPong)])
        const ofMode = new Map<Fate, Cost>()
        for (const fate of fates) ofMode.set(fate, await cost(mode, fate, pingPong))
        here.push(mode)
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
    writeFileSync(statsSwitch, '1')
    for (const fate of fates) if (fate !== 'no socket') rows.push(...(await compared(here, fate, pingPong)))
    return rows
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

/**
 * What fentry saves: all modes at once on the same calls, for two turns of a shared machine have not the same speed, and each
 * program's time is accounted for apart from the others'.
 */
async function compared(modes: AttachMode[], fate: Fate, pingPong: PingPong): Promise<Row[]> {
  const captures: { mode: AttachMode; live: LiveCapture; programs: Set<number> }[] = []
  try {
    for (const mode of modes) {
      const before = runsOfPrograms()
      const live = start(mode, fate, pingPong)
      const programs = new Set([...runsOfPrograms().keys()].filter((id) => !before.has(id)))
      captures.push({ mode, live, programs })
    }
    const turn = turnOf(fate, pingPong)
    await turn() // connections are met, and judged
    const ratios = new Map<AttachMode, number[]>()
    for (let round = 0; round < rounds; round++) {
      const began = runsOfPrograms()
      await turn()
      const ended = runsOfPrograms()
      const took = (programs: Set<number>) =>
        [...programs].reduce((sum, id) => sum + (ended.get(id)?.ns ?? 0) - (began.get(id)?.ns ?? 0), 0)
      const reference = captures.find(({ mode }) => mode === 'kprobe')
      if (reference === undefined) return []
      for (const { mode, programs } of captures) {
        if (mode !== 'kprobe')
          ratios.set(mode, [...(ratios.get(mode) ?? []), took(programs) / took(reference.programs)])
      }
    }
    return [...ratios].map(([mode, each]) => [
      `programs of ${mode} to those of kprobe, ${fate}: median; least, most`,
      `${median(each).toFixed(2)}; ${Math.min(...each).toFixed(2)}, ${Math.max(...each).toFixed(2)}`,
    ])
  } finally {
    for (const { live } of captures.toReversed()) live.stop()
  }
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
    return await measured(turnOf(fate, pingPong))
  } finally {
    live.stop()
  }
}

/** @returns what takes a turn, and returns its number of calls */
function turnOf(fate: Fate, pingPong: PingPong): () => Promise<number> {
  return async () =>
    fate === 'no socket'
      ? ((await pingPong.files(turnMs)) * 2 * turnMs) / 1000
      : ((await roundTrips(fate, pingPong)) * callsOfRoundTrip * turnMs) / 1000
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
