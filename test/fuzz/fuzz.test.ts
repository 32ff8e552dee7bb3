/** A short run of each kind of fuzzing; `npm run fuzz` is the long one. */
import t from 'tap'
import { fuzz } from './kind.ts'
import { kinds } from './kinds.ts'

const cases = Number(process.env['FUZZ_RUNS'] ?? 200)
/** Each run another; a failure says how it is done again. */
const seed = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 1e9))

for (const kind of kinds) {
  void t.test(`${kind.title} (seed ${seed})`, (t) => {
    t.doesNotThrow(() => fuzz(kind, { cases, seed }))
    t.end()
  })
}
