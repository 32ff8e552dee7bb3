/** `querytap capture`: probes → store, a live line for each slow exchange, and the slow-SQL report at the end. */
import { release } from 'node:os'
import { z } from 'zod'
import { RecordingWriter } from '../capture/recording-writer.ts'
import type { Losses } from '../capture/source.ts'
import { connectionsLine } from '../connections/connection-counts.ts'
import { tuneForCapture } from '../engine.ts'
import { lossLine } from '../report/loss-text.ts'
import { recordPrinter, runningPrinter } from '../live-view/record-printer.ts'
import { Pipeline } from '../pipeline.ts'
import type { QuerytapError } from '../querytap-error.ts'
import { reportText } from '../report/report-text.ts'
import { Store } from '../store/store.ts'
import { jsonOption, storeOption } from '../store/store-option.ts'
import { captureShape, confine, openLiveCapture } from './capture-options.ts'
import { command } from './command.ts'
import { literalsOption } from './literals-option.ts'
import { findingOption } from './finding-option.ts'
import { pendingFailure, untilStopped } from './until-stopped.ts'
import { duration } from './values.ts'

/** Milliseconds between two batches for the store. */
const flushMs = 1000

const options = z.object({
  ...storeOption,
  slow: duration().prefault('100ms').describe('Keep and show exchanges that took at least this long; 0 for all'),
  ...literalsOption,
  ...captureShape,
  side: z.enum(['all', 'client', 'server']).default('all').describe('Only exchanges that are observed at this end'),
  record: z.string().min(1).optional().describe('Also save the raw events to this recording'),
  ...findingOption,
  ...jsonOption,
})

export const capture = command({
  usage: ['capture', '$0'],
  describe: 'watch this machine: a line for each slow statement, totals of all of them to the store',
  options,
  run: async (given) => {
    tuneForCapture()
    const store = Store.openWriter(given.store)
    try {
      await captureTo(store, given)
      return 0
    } finally {
      store.close()
    }
  },
})

async function captureTo(store: Store, given: z.output<typeof options>): Promise<void> {
  const live = openLiveCapture(given)
  confine(live)
  let stopped = false
  let writer: RecordingWriter | undefined
  let losses: Losses = {}
  try {
    const { epochNs, beganNs } = live.clock
    const run = store.beginRun({
      startedAt: epochNs,
      source: 'live',
      kernel: release(),
      attachMode: live.mode,
      slowNs: given.slow,
    })
    const pipeline = new Pipeline({
      store,
      slowNs: given.slow,
      epochNs,
      onRecord: recordPrinter(given.json),
      onRunning: runningPrinter(given.json),
      keepLiterals: given['keep-literals'],
      ignoredFindings: given['ignore-finding'],
      ignore: (connection) => live.ignore(connection),
      side: given.side,
      onUnstored: tellUnstored,
    })
    if (given.record !== undefined) {
      writer = new RecordingWriter({
        path: given.record,
        header: { beganNs, epochNs: epochNs.toString(), kernel: release(), attachMode: live.mode },
        soFar: () => ({ at: live.now(), losses: live.losses() }),
      })
    }
    await watch(live, pipeline, writer, given.duration)
    const endedAt = live.now()
    stopped = true
    losses = live.stop()
    pipeline.end(endedAt)
    Object.assign(losses, pipeline.losses())
    await writer?.close(endedAt, losses)
    writer = undefined
    store.writeLosses(run, losses)
    store.endRun(run, epochNs + BigInt(Math.round(endedAt)))
    process.stderr.write(`querytap: ${live.ringBytes} bytes of events came from the kernel\n`)
    finish(store, run, given.json, pipeline, losses)
  } finally {
    if (!stopped) losses = live.stop()
    await writer?.close(live.now(), losses)
  }
}

/** The capture goes on: what the store does not take waits for a better moment. */
function tellUnstored(reason: QuerytapError | null): void {
  const text =
    reason === null
      ? 'the store takes what is captured again'
      : `${reason.message}; what is captured waits in memory\n  ${reason.hint ?? ''}`
  process.stderr.write(`querytap: ${text}\n`)
}

/** Until the user, the time or a failure ends it. */
async function watch(
  live: ReturnType<typeof openLiveCapture>,
  pipeline: Pipeline,
  writer: RecordingWriter | undefined,
  durationNs: number | undefined,
): Promise<void> {
  const { failed, fail } = pendingFailure()
  live.start(pipeline.connections, fail, writer)
  const timer = setInterval(() => {
    try {
      pipeline.flush({ at: live.now(), losses: live.losses() })
    } catch (error) {
      fail(error)
    }
  }, flushMs)
  try {
    const stopped = untilStopped(durationNs === undefined ? undefined : durationNs / 1e6, failed)
    process.stderr.write(`querytap: capturing (${live.mode}); Ctrl-C ends it and prints the report\n`)
    await stopped
  } finally {
    clearInterval(timer)
  }
}

function finish(store: Store, run: number, json: boolean, pipeline: Pipeline, losses: Losses): void {
  const { mysql, http } = pipeline.counts
  process.stderr.write(`querytap: ${pipeline.exchanges} exchanges; ${connectionsLine(pipeline.counts)}\n`)
  process.stderr.write(`querytap: ${lossLine(losses)}\n`)
  const protocol = mysql === 0 && http > 0 ? 'http' : 'mysql'
  // records alone are what a reader of JSON lines expects
  if (!json) process.stdout.write(reportText(store, { run, limit: 10, protocol }))
}
