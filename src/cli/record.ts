/** `querytap record FILE`: raw events into a recording, to be replayed anywhere. */
import { release } from 'node:os'
import { z } from 'zod'
import { RecordingWriter } from '../capture/recording-writer.ts'
import type { SourceSink } from '../capture/source.ts'
import { lossLine } from '../report/loss-text.ts'
import { captureShape, openLiveCapture } from './capture-options.ts'
import { command } from './command.ts'
import { pendingFailure, untilStopped } from './until-stopped.ts'

/** A recording is judged when it is replayed. */
const nobody: SourceSink = { opened() {}, moved() {}, closed() {}, tick() {} }

export const record = command({
  usage: 'record <file>',
  describe: 'save raw events to a recording, for replay',
  options: z.object({ file: z.string().min(1).describe('The recording to write'), ...captureShape }),
  run: async (given) => {
    const live = openLiveCapture(given)
    const { beganNs, epochNs } = live.clock
    let writer: RecordingWriter | undefined
    let losses = {}
    try {
      const header = { beganNs, epochNs: epochNs.toString(), kernel: release(), attachMode: live.mode }
      writer = new RecordingWriter(given.file, header)
      await recording(live, writer, given.duration)
    } finally {
      losses = live.stop()
      writer?.close(Math.round(live.now()), losses)
    }
    process.stderr.write(`querytap: ${writer.events} events in ${given.file}; ${lossLine(losses)}\n`)
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
