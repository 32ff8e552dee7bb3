/** Replays files in this process, as the command does. */
import { captureFiles } from '../../src/packets/capture-files.ts'
import type { QuerytapRecord } from '../../src/record.ts'
import { Replay } from '../../src/replay.ts'
import type { ExchangeSelection } from '../../src/report/selected.ts'
import { Store } from '../../src/store/store.ts'

export interface Replayed {
  records: QuerytapRecord[]
  /** As they are told. */
  problems: string[]
  /** What ended it. */
  error: unknown
  replay: Replay
}

/** Of all replays, each a run of its own: making one takes longer than most of them. */
const store = Store.inMemory()

export async function replayed(paths: string | string[], selection?: ExchangeSelection): Promise<Replayed> {
  const records: QuerytapRecord[] = []
  const problems: string[] = []
  const replay = new Replay({
    store,
    slowNs: 0,
    selection,
    keepLiterals: true,
    onRecord: (record) => records.push(record),
    onProblem: (problem) => problems.push(typeof problem === 'string' ? problem : problem.message),
    onPassedOver: (path) => problems.push(`${path} is passed over`),
    onProgress: () => {},
    stopped: new Promise(() => {}),
  })
  let error: unknown = null
  try {
    await replay.play(captureFiles([paths].flat()))
  } catch (thrown) {
    error = thrown
  }
  return { records, problems, error, replay }
}
