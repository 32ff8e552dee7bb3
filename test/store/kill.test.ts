/** A writer killed at a random moment, again and again: KILL_ROUNDS says how often. */
import { rmSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { Store } from '../../src/store/store.ts'
import { kill, startWriter } from './child.ts'
import { calls } from './small-store.ts'

const rounds = Number(process.env['KILL_ROUNDS'] ?? 10)
/** The file is looked through after each round, so it must not grow without end. */
const roundsPerFile = 10

t.setTimeout(60_000 + rounds * 10_000)

void t.test(
  'a writer that was killed leaves a whole file with each batch that it told of, and its place is free',
  async (t) => {
    const path = `${t.testdir()}/s.db`
    let before = 0
    let batches = 0
    let untold = 0
    for (let round = 0; round < rounds; round++) {
      if (round % roundsPerFile === 0) {
        for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true })
        before = 0
      }
      const { child, told } = await startWriter(path)
      await delay(Math.random() * 60)
      await kill(child)
      const store = Store.openWriter(path)
      const count = Number(calls(store))
      const written = (count - before) / 100
      // one batch may be in the store and not be told of yet
      const whole = Number.isInteger(written) && written >= told() && written <= told() + 1
      if (!whole) t.fail(`round ${round}: ${told()} batches told, ${written} in the store`)
      const { integrity, slow } = {
        integrity: store.database.pragma('integrity_check', { simple: true }),
        slow: store.database.prepare("SELECT count(*) FROM exchanges WHERE kept = 'slow'").pluck().get(),
      }
      if (integrity !== 'ok' || slow !== count)
        t.fail(`round ${round}: ${String(integrity)}, ${count} calls, ${String(slow)} slow`)
      batches += told()
      untold += written - told()
      before = count
      store.close()
    }
    t.ok(batches >= rounds)
    t.comment(`${rounds} kills, ${batches} batches told and in the store, ${untold} in the store before they were told`)
  },
)
