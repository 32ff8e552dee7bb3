/** `querytap replay FILE…`: recordings through the same pipeline as a live capture. */
import { z } from 'zod'
import { RecordingReader, type Replayed } from '../capture/recording-reader.ts'
import { lossLine } from '../report/loss-text.ts'
import { recordPrinter } from '../live-view/record-printer.ts'
import { Pipeline, type PipelineOptions } from '../pipeline.ts'
import { QuerytapError } from '../querytap-error.ts'
import { reportText } from '../report/report-text.ts'
import { Store } from '../store/store.ts'
import { jsonOption } from '../store/store-option.ts'
import { command } from './command.ts'
import { literalsOption } from './literals-option.ts'
import { duration } from './values.ts'

const options = z.object({
  file: z.array(z.string().min(1)).min(1).describe('Recordings made by querytap record'),
  store: z.string().min(1).optional().describe('Keep what is found in this store'),
  slow: duration().prefault('100ms').describe('Show and keep exchanges that took at least this long; 0 for all'),
  ...literalsOption,
  ...jsonOption,
})

export const replay = command({
  usage: 'replay <file..>',
  describe: 'read recordings through the same pipeline as a live capture',
  options,
  run: async ({ file, store: path, slow, json, 'keep-literals': keepLiterals }) => {
    const store = path === undefined ? Store.inMemory() : Store.openWriter(path)
    try {
      const given = { slowNs: slow, keepLiterals, onRecord: recordPrinter(json) }
      let cut = false
      for (const each of file) cut = replayFile(store, each, given).cut !== null || cut
      if (!json) process.stdout.write(reportText(store, { limit: 10, protocol: 'mysql' }))
      return cut ? 1 : 0
    } finally {
      store.close()
    }
  },
})

function replayFile(
  store: Store,
  path: string,
  given: Pick<PipelineOptions, 'slowNs' | 'keepLiterals' | 'onRecord'>,
): Replayed {
  const reader = new RecordingReader(path)
  const { kernel, attachMode } = reader.header
  const epochNs = BigInt(reader.header.epochNs)
  const run = store.beginRun({ startedAt: epochNs, source: path, kernel, attachMode, slowNs: given.slowNs })
  const pipeline = new Pipeline({ store, epochNs, ...given })
  let damage: QuerytapError | undefined
  const replayed: Replayed = { events: 0, endedAt: 0, losses: null, cut: null }
  try {
    reader.replay(pipeline.connections, replayed)
  } catch (error) {
    // what came before the damage is whole: it is kept, and then the damage is told
    if (!(error instanceof QuerytapError)) throw error
    damage = error
  }
  pipeline.end(replayed.endedAt)
  const losses = { ...replayed.losses, ...pipeline.connections.losses() }
  store.addLosses(run, losses)
  store.endRun(run, epochNs + BigInt(Math.round(replayed.endedAt)))
  process.stderr.write(
    `querytap: ${path}: ${replayed.events} events, ${pipeline.exchanges} exchanges; ${lossLine(losses)}\n`,
  )
  if (replayed.cut !== null) process.stderr.write(`querytap: ${replayed.cut}\n`)
  if (damage !== undefined) throw damage
  return replayed
}
