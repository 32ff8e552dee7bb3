/** A timeline of which only some part is looked at: recorded captures, or segments. */
import type { RecordedCapture } from '../../src/capture/recorded-capture.ts'
import type { RecordingHeader } from '../../src/capture/recording-format.ts'
import { Dissector } from '../../src/packets/dissector.ts'
import { Endpoints } from '../../src/packets/endpoints.ts'
import { openTrack } from '../../src/packets/open-track.ts'
import { Paths } from '../../src/packets/paths.ts'
import { Timeline } from '../../src/packets/timeline.ts'
import { KeptSegments } from './kept-segments.ts'

const noRecording = (): never => {
  throw new Error('a recording')
}

export function timelineOf(captureOf: (header: RecordingHeader) => RecordedCapture, dissector?: Dissector): Timeline {
  const unseen = new Dissector(new Endpoints(), new Paths())
  const onProblem = (problem: unknown): never => {
    throw problem instanceof Error ? problem : new Error(String(problem))
  }
  const sinks = { paths: new Paths(), captureOf, onProblem }
  return new Timeline({
    open: (path) => openTrack(path, { ...sinks, dissector: dissector ?? unseen }),
    peek: (path) => openTrack(path, { ...sinks, dissector: unseen }),
    onProblem,
    onPassedOver: onProblem,
    pause: () => undefined,
    idle: () => {},
    stopped: new Promise(() => {}),
  })
}

/** The segments of capture files, in the order in which they are told. Damage throws. */
export async function segmentsOf(
  ...paths: string[]
): Promise<KeptSegments & { dissector: Dissector; epochNs: bigint }> {
  const endpoints = new Endpoints()
  const dissector = new Dissector(endpoints, new Paths())
  const segments = new KeptSegments(endpoints)
  dissector.sink = segments
  const timeline = timelineOf(noRecording, dissector)
  const epochNs = (await timeline.plan(paths.map((path) => ({ path, named: true })))) ?? 0n
  await timeline.run(epochNs)
  dissector.end()
  return Object.assign(segments, { dissector, epochNs })
}
