/** Tells a sink what a recording holds, and nothing of what parsers make of it. Damage throws. */
import { RecordedCapture } from '../../src/capture/recorded-capture.ts'
import type { SourceSink } from '../../src/capture/source.ts'
import { timelineOf } from '../packets/timeline-of.ts'

export async function tellRecording(path: string, sink: SourceSink): Promise<void> {
  const timeline = timelineOf((header) => new RecordedCapture(header, sink))
  await timeline.run((await timeline.plan([{ path, named: true }])) ?? 0n)
}
