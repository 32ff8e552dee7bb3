/** `querytap record FILE`: raw events into a recording, to be replayed anywhere. */
import { release } from 'node:os'
import { z } from 'zod'
import { RecordingWriter } from '../capture/recording-writer.ts'
import type { SourceSink } from '../capture/source.ts'
import { lossLine } from '../report/loss-text.ts'
import { captureShape, confine, openLiveCapture } from './capture-options.ts'
import { command } from './command.ts'
import { QuerytapError } from '../querytap-error.ts'
import { pendingFailure, untilStopped } from './until-stopped.ts'
import { integer, size } from './values.ts'

const leastPartBytes = 64 << 10

/** A recording is judged when it is replayed. */
const nobody: SourceSink = { opened() {}, moved() {}, closed() {}, tick() {} }

export const record = command({
  usage: 'record <file>',
  describe: 'save raw events to a recording, for replay',
  options: z.object({
    file: z.string().min(1).describe('The recording to write; with --max-size FILE-000001 and so on'),
    'max-size': size().optional().describe('Begin another file after so many bytes, such as 100m'),
    files: integer(1, 999_999).optional().describe('With --max-size: keep so many files, the latest'),
    ...captureShape,
  }),
  run: async (given) => {
    if (given.files !== undefined && given['max-size'] === undefined) {
      throw new QuerytapError('USAGE', '--files: it needs --max-size')
    }
    if (given['max-size'] !== undefined && given['max-size'] < leastPartBytes) {
      throw new QuerytapError('USAGE', `--max-size: ${given['max-size']} is less than 64k`)
    }
    const live = openLiveCapture(given)
    confine(live)
    const { beganNs, epochNs } = live.clock
    let writer: RecordingWriter | undefined
    let losses = {}
    try {
      writer = new RecordingWriter({
        path: given.file,
        header: { beganNs, epochNs: epochNs.toString(), kernel: release(), attachMode: live.mode },
        maxBytes: given['max-size'],
        files: given.files,
        soFar: () => ({ at: live.now(), losses: live.losses() }),
      })
      await recording(live, writer, given.duration)
    } finally {
      losses = live.stop()
      await writer?.close(live.now(), losses)
    }
    const files = given['max-size'] === undefined ? '' : `, ${writer.part} ${writer.part === 1 ? 'file' : 'files'}`
    process.stderr.write(`querytap: ${writer.events} events in ${given.file}${files}; ${lossLine(losses)}\n`)
    return 0
  },
})

async function recording(
  live: ReturnType<typeof openLiveCapture>,
  writer: RecordingWriter,
  durationNs: number | undefined,
): Promise<void> {
  const { failed, fail } = pendingFailure()
  live.start(nobody, fail, writer)
  const stopped = untilStopped(durationNs === undefined ? undefined : durationNs / 1e6, failed)
  process.stderr.write(`querytap: recording (${live.mode}); Ctrl-C ends it\n`)
  await stopped
}
