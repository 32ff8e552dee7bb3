/** Recordings replay to the records that the live capture gave, and a damaged one to those that are whole. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { RecordingReader, type Replayed } from '../../src/capture/recording-reader.ts'
import { Pipeline } from '../../src/pipeline.ts'
import { QuerytapError } from '../../src/querytap-error.ts'
import type { QuerytapRecord } from '../../src/record.ts'
import { Store } from '../../src/store/store.ts'
import { readRecords } from '../kernel/capture-process.ts'

const directory = fileURLToPath(new URL('../../fixtures/recordings/', import.meta.url))

function replay(path: string): { records: QuerytapRecord[]; replayed: Replayed; error: unknown } {
  const records: QuerytapRecord[] = []
  const replayed: Replayed = { events: 0, endedAt: 0, losses: null, cut: null }
  const store = Store.inMemory()
  let error: unknown = null
  try {
    const reader = new RecordingReader(path)
    const pipeline = new Pipeline({
      store,
      slowNs: 0,
      epochNs: BigInt(reader.header.epochNs),
      onRecord: (record) => records.push(record),
      keepLiterals: true,
    })
    try {
      reader.replay(pipeline.connections, replayed)
    } catch (thrown) {
      error = thrown
    }
    pipeline.end(replayed.endedAt)
  } catch (thrown) {
    error = thrown
  } finally {
    store.close()
  }
  return { records, replayed, error }
}

/** Of each file so many bytes are replayed, cut or damaged, in all: small files at more places than large ones. */
const replayedBytes = 512 << 10
const strideOf = ({ length }: Buffer, least: number) => Math.max(least, Math.ceil(length ** 2 / replayedBytes))

for (const file of readdirSync(directory).filter((name) => name.endsWith('.qtap'))) {
  const path = join(directory, file)
  const live = readRecords(readFileSync(path.replace(/qtap$/, 'jsonl'), 'utf8'))

  void t.test(`${file} replays to the records of its capture`, (t) => {
    const { records, replayed, error } = replay(path)
    t.equal(error, null)
    t.equal(replayed.cut, null)
    t.strictSame(JSON.parse(JSON.stringify(records)), live)
    t.ok(live.length > 10, 'there are some')
    t.end()
  })

  void t.test(`${file} cut anywhere: what is whole is replayed, and that something is missing is said`, (t) => {
    const bytes = readFileSync(path)
    const cutPath = join(t.testdir({}), 'cut.qtap')
    const whole = new Set(live.map((record) => JSON.stringify(record)))
    let most = 0
    for (let length = 0; length < bytes.length; length += strideOf(bytes, 97)) {
      writeFileSync(cutPath, bytes.subarray(0, length))
      const { records, replayed, error } = replay(cutPath)
      if (error !== null) {
        if (!(error instanceof QuerytapError) || length > 1000) t.fail(`at ${length}`, { error })
        continue
      }
      if (replayed.cut === null || !/what came after is missing/.test(replayed.cut))
        t.fail(`${length} bytes are taken for whole`)
      const answered = records.filter(
        ({ durationNs, observed, clock }) => durationNs !== null && observed === 'both' && clock === 'client',
      )
      const wrong = answered.find((record) => !whole.has(JSON.stringify(record)))
      if (wrong !== undefined) t.fail(`at ${length} bytes a record that never was`, { wrong })
      if (answered.length < most) t.fail(`at ${length} bytes fewer records than before`)
      most = answered.length
    }
    t.ok(most > 10, 'records came out of the cut files')
    t.end()
  })

  void t.test(`${file} damaged anywhere: it never crashes and never hangs`, (t) => {
    const bytes = readFileSync(path)
    const damagedPath = join(t.testdir({}), 'damaged.qtap')
    let refused = 0
    for (let at = 0; at < bytes.length; at += strideOf(bytes, 61)) {
      const damaged = Buffer.from(bytes)
      damaged[at] = (damaged[at] ?? 0) ^ 0xff
      writeFileSync(damagedPath, damaged)
      const { error } = replay(damagedPath)
      if (error === null) continue
      refused++
      if (!(error instanceof QuerytapError)) t.fail(`at ${at}`, { error })
    }
    t.ok(refused > 0, 'some damage is found by its form')
    t.end()
  })
}
