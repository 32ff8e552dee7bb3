/** `querytap replay FILE…`: recordings and packet captures through the same pipeline as a live capture. */
import { z } from 'zod'
import { connectionsLine } from '../connections/connection-counts.ts'
import { recordPrinter } from '../live-view/record-printer.ts'
import { tuneForReplay } from '../engine.ts'
import { standardInput } from '../packets/byte-source.ts'
import { type CaptureFile, captureFiles } from '../packets/capture-files.ts'
import { QuerytapError } from '../querytap-error.ts'
import { Replay } from '../replay.ts'
import { lossLine } from '../report/loss-text.ts'
import { reportText } from '../report/report-text.ts'
import type { ExchangeSelection } from '../report/selected.ts'
import { Store } from '../store/store.ts'
import { jsonOption, rangeOptions } from '../store/store-option.ts'
import { command } from './command.ts'
import { exchangeOptions, selectionOptions } from './filter-options.ts'
import { findingOption } from './finding-option.ts'
import { literalsOption } from './literals-option.ts'
import { ReplayProgress } from './replay-progress.ts'
import { duration, portProtocol } from './values.ts'

/** After Ctrl-C a pipe's other end, which gets it too, has so many milliseconds to hand on what it has. */
const lastWordsMs = 1000

const options = z.object({
  file: z
    .array(z.string().min(1))
    .min(1)
    .describe('Recordings, pcap and pcapng files, packed or not, directories of them, or - for standard input'),
  store: z.string().min(1).optional().describe('Keep what is found in this store'),
  slow: duration().prefault('100ms').describe('Show and keep exchanges that took at least this long; 0 for all'),
  decode: z.array(portProtocol()).default([]).describe('What is spoken on a port, where bytes do not say: 3307=mysql'),
  ...selectionOptions,
  ...exchangeOptions,
  ...rangeOptions,
  ...findingOption,
  ...literalsOption,
  ...jsonOption,
})

export const replay = command({
  usage: 'replay <file..>',
  describe: 'read recordings and packet captures through the same pipeline as a live capture',
  options,
  run: async (given) => {
    tuneForReplay()
    const files = captureFiles(given.file)
    if (files.some(({ path }) => path === standardInput) && process.stdin.isTTY) {
      throw new QuerytapError('USAGE', 'replay -: standard input is a terminal', {
        hint: 'tcpdump -w - -U port 3306 | querytap replay -',
      })
    }
    const store = given.store === undefined ? Store.inMemory() : Store.openWriter(given.store)
    try {
      return await replayFiles(files, store, given)
    } finally {
      store.close()
    }
  },
})

async function replayFiles(files: CaptureFile[], store: Store, given: z.output<typeof options>): Promise<number> {
  const { slow, json } = given
  const progress = new ReplayProgress()
  const print = recordPrinter(json)
  const say = (text: string): void => {
    progress.clear()
    process.stderr.write(`querytap: ${text}\n`)
  }
  const stop = stopping(files.some(({ path }) => path === standardInput))
  const played = new Replay({
    store,
    slowNs: slow,
    selection: selectionOf(given),
    decode: new Map(given.decode),
    keepLiterals: given['keep-literals'],
    ignoredFindings: given['ignore-finding'],
    onRecord: (record, ageNs) => {
      progress.clear()
      print(record, ageNs)
    },
    onProblem: (problem) => say(typeof problem === 'string' ? problem : textOf(problem)),
    onPassedOver: (path) => say(`${path} is no capture and is passed over`),
    onProgress: (read, total) => progress.show(read, total),
    stopped: stop.stopped,
  })
  try {
    if (!(await played.play(files))) return 1
  } finally {
    progress.clear()
    stop.forget()
  }
  tell(played, files, say)
  const { mysql, http } = played.counts()
  const protocol = mysql === 0 && http > 0 ? 'http' : 'mysql'
  if (!json) process.stdout.write(reportText(store, { run: played.run, limit: 10, protocol }))
  return played.problems === 0 ? 0 : 1
}

/** @returns undefined where nothing is chosen */
function selectionOf(given: z.output<typeof options>): ExchangeSelection | undefined {
  const { pod, namespace, client, server, digest, user, database, since, until, errors } = given
  const selection = { pod, namespace, client, server, digest, user, database, since, until, errors }
  const all = { ...selection, minDurationNs: given['min-duration'] }
  const asked = Object.values(all).some((value) => (Array.isArray(value) ? value.length > 0 : Boolean(value)))
  return asked ? all : undefined
}

function textOf({ message, hint }: QuerytapError): string {
  return hint === null ? message : `${message}\n  ${hint}`
}

function tell(played: Replay, files: CaptureFile[], say: (text: string) => void): void {
  const { packets, segments } = played.packets
  const counts = played.counts()
  const parts = [files.length === 1 ? (files[0]?.path ?? '') : `${played.timeline.files} of ${files.length} files`]
  const read = [
    ...(played.events > 0 ? [`${played.events} events`] : []),
    ...(packets > 0 ? [`${packets} packets, ${segments} of TCP`] : []),
    `${counts.opened} connections`,
    `${played.seenExchanges} exchanges`,
  ]
  say(`${parts.join()}: ${read.join(', ')}`)
  say(connectionsLine(counts))
  say(lossLine(played.losses()))
}

/** Ctrl-C ends the wait for a pipe, and what came is reported; without a pipe it ends the program as ever. */
function stopping(live: boolean): { stopped: Promise<void>; forget: () => void } {
  let stop: () => void = () => {}
  const stopped = new Promise<void>((resolve) => {
    stop = resolve
  })
  const onSignal = (): void => {
    setTimeout(stop, lastWordsMs).unref()
    // asked again: leave at once
    process.once('SIGINT', () => process.exit(130))
  }
  if (live) for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, onSignal)
  return {
    stopped,
    forget: () => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeAllListeners(signal)
    },
  }
}
