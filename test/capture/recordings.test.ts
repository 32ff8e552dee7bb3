/** Recordings replay to the records that the live capture gave, and a damaged one to those that are whole. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { QuerytapError } from '../../src/querytap-error.ts'
import { readRecords } from '../kernel/capture-process.ts'
import { replayed } from '../packets/replayed.ts'

const directory = fileURLToPath(new URL('../../fixtures/recordings/', import.meta.url))

/** Of each file so many bytes are replayed, cut or damaged, in all: small files at more places than large ones. */
const replayedBytes = 512 << 10
const strideOf = ({ length }: Buffer, least: number) => Math.max(least, Math.ceil(length ** 2 / replayedBytes))

for (const file of readdirSync(directory).filter((name) => name.endsWith('.qtap'))) {
  const path = join(directory, file)
  const live = readRecords(readFileSync(path.replace(/qtap$/, 'jsonl'), 'utf8'))

  void t.test(`${file} replays to the records of its capture`, async (t) => {
    const { records, problems, error } = await replayed(path)
    t.equal(error, null)
    t.strictSame(problems, [])
    t.strictSame(JSON.parse(JSON.stringify(records)), live)
    t.ok(live.length > 10, 'there are some')
  })

  void t.test(`${file} cut anywhere: what is whole is replayed, and that something is missing is said`, async (t) => {
    const bytes = readFileSync(path)
    const cutPath = join(t.testdir({}), 'cut.qtap')
    const whole = new Set(live.map((record) => JSON.stringify(record)))
    let most = 0
    for (let length = 0; length < bytes.length; length += strideOf(bytes, 487)) {
      writeFileSync(cutPath, bytes.subarray(0, length))
      const { records, problems, error } = await replayed(cutPath)
      if (error !== null && (!(error instanceof QuerytapError) || length > 1000)) t.fail(`at ${length}`, { error })
      if (!problems.some((problem) => /what came after is missing|is empty|no capture/.test(problem)))
        t.fail(`${length} bytes are taken for whole`)
      const answered = records.filter(
        ({ durationNs, observed, clock }) => durationNs !== null && observed === 'both' && clock === 'client',
      )
      const wrong = answered.find((record) => !whole.has(JSON.stringify(record)))
      if (wrong !== undefined) t.fail(`at ${length} bytes a record that never was`, { wrong })
      if (answered.length < most) t.fail(`at ${length} bytes fewer records than before`)
      most = answered.length
    }
    t.ok(most > 5, 'records came out of the cut files')
  })

  void t.test(`${file} damaged anywhere: it never crashes and never hangs`, async (t) => {
    const bytes = readFileSync(path)
    const damagedPath = join(t.testdir({}), 'damaged.qtap')
    let told = 0
    for (let at = 0; at < bytes.length; at += strideOf(bytes, 307)) {
      const damaged = Buffer.from(bytes)
      damaged[at] = (damaged[at] ?? 0) ^ 0xff
      writeFileSync(damagedPath, damaged)
      const { error, problems } = await replayed(damagedPath)
      told += problems.length
      if (error !== null && !(error instanceof QuerytapError)) t.fail(`at ${at}`, { error })
    }
    t.ok(told > 0, 'some damage is found by its form')
  })
}
