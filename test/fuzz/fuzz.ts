/**
 * `npm run fuzz [-- --cases N --seed S --kind NAME --path P]`: the long run. Cases run in a thread of their own, so that one
 * that never ends is seen, named and stopped; a failure prints the command that does it again.
 */
import { parseArgs } from 'node:util'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { fuzz, type Kind } from './kind.ts'
import { kinds } from './kinds.ts'

/** Of ten million cases, how many are of each kind: the cheap ones find what is rare. */
const shares: Record<string, number> = {}
/** In one call of fast-check. */
const casesAtOnce = 100_000
/** No case takes a thousandth of this. */
const hangMs = 60_000

interface Work {
  cases: number
  seed: number
  kind: string | undefined
  path: string | undefined
  /** Cases done, the number of the batch within its kind, and the kind's index. */
  progress: Int32Array
}

function work({ cases, seed, kind: only, path, progress }: Work): void {
  const chosen = kinds.filter(({ name }) => only === undefined || name === only)
  const all = chosen.reduce((sum, kind) => sum + share(kind), 0)
  const onCase = () => Atomics.add(progress, 0, 1)
  for (const kind of chosen) {
    const wanted = Math.ceil((cases * share(kind)) / all)
    const before = Atomics.load(progress, 0)
    const began = performance.now()
    for (let done = 0, batch = seed; done < wanted; done += casesAtOnce, batch++) {
      Atomics.store(progress, 1, batch)
      Atomics.store(progress, 2, kinds.indexOf(kind))
      fuzz(kind, {
        cases: Math.min(casesAtOnce, wanted - done),
        seed: batch,
        onCase,
        ...(path === undefined ? {} : { path }),
      })
    }
    const done = Atomics.load(progress, 0) - before
    const seconds = (performance.now() - began) / 1000
    process.stdout.write(
      `${kind.name}: ${done} cases, ${Math.round(done / seconds)}/s, seeds from ${seed}: ${kind.title}\n`,
    )
  }
}

function share({ name }: Kind): number {
  return shares[name] ?? 1
}

function watch(): void {
  const { values } = parseArgs({
    options: {
      cases: { type: 'string', default: process.env['FUZZ_CASES'] ?? '10000000' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
      kind: { type: 'string' },
      path: { type: 'string' },
    },
  })
  const progress = new Int32Array(new SharedArrayBuffer(12))
  const seed = Number(values.seed)
  process.stdout.write(`fuzz: ${values.cases} cases, seed ${seed}\n`)
  const given: Work = { cases: Number(values.cases), seed, kind: values.kind, path: values.path, progress }
  const worker = new Worker(new URL(import.meta.url), { workerData: given })
  let last = -1
  const clock = setInterval(() => {
    const done = Atomics.load(progress, 0)
    if (done === last) {
      const kind = kinds[Atomics.load(progress, 2)]?.name ?? ''
      process.stderr.write(`fuzz: ${kind}, seed ${Atomics.load(progress, 1)}: case ${done} does not end\n`)
      process.exit(1)
    }
    last = done
  }, hangMs)
  worker.once('error', (error) => {
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  })
  worker.once('exit', () => {
    clearInterval(clock)
    process.stdout.write(`fuzz: ${Atomics.load(progress, 0)} cases done\n`)
  })
}

if (isMainThread) watch()
else work(workerData as Work)
