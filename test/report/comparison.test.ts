/** Comparisons: new, gone, slower, faster and unchanged are told apart, and chance is not taken for a change. */
import t from 'tap'
import type { Command } from '../../src/cli/command.ts'
import { report } from '../../src/cli/report.ts'
import { comparisonText } from '../../src/report/comparison-text.ts'
import { compare } from '../../src/report/comparison.ts'
import { changeOf } from '../../src/report/significance.ts'
import { Histogram } from '../../src/store/histogram.ts'
import { Intake } from '../../src/store/intake.ts'
import { Store } from '../../src/store/store.ts'
import { ends, epochNs, mysqlExchange } from '../store/exchanges.ts'

/** Repeats itself, so that a test that fails fails again. */
function* random(seed: number): Generator<number, never> {
  let state = seed
  for (;;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    yield state / 2 ** 32
  }
}

function histogram(seed: number, count: number, ns: (uniform: number, index: number) => number): Histogram {
  const source = random(seed)
  const made = new Histogram()
  for (let i = 0; i < count; i++) made.add(ns(source.next().value, i))
  return made
}

/** A long tail, as latencies have. */
const latency = (uniform: number): number => 1e6 * (1 - uniform) ** -0.7

void t.test('the same distribution drawn again is no change', async (t) => {
  let changed = 0
  for (let seed = 1; seed <= 200; seed++) {
    const change = changeOf(histogram(seed, 500, latency), histogram(seed + 1000, 300, latency))
    if (change !== 'same') changed++
  }
  t.equal(changed, 0)
})

void t.test('a real change is found: in the middle, and in the tail alone', async (t) => {
  const before = histogram(1, 500, latency)
  t.equal(
    changeOf(
      before,
      histogram(2, 500, (uniform) => 2 * latency(uniform)),
    ),
    'slower',
  )
  t.equal(
    changeOf(
      before,
      histogram(3, 500, (uniform) => latency(uniform) / 2),
    ),
    'faster',
  )
  t.equal(
    changeOf(
      before,
      histogram(4, 500, (uniform, i) => latency(uniform) * (i % 7 === 0 ? 30 : 1)),
    ),
    'slower',
  )
  t.equal(
    changeOf(
      before,
      histogram(5, 19, (uniform) => 9 * latency(uniform)),
    ),
    'tooFew',
  )
  const many = histogram(6, 100_000, (uniform) => latency(uniform))
  t.equal(
    changeOf(
      many,
      histogram(7, 100_000, (uniform) => 1.05 * latency(uniform)),
    ),
    'same',
    'real, but of no concern',
  )
})

/** An hour between the two ranges; 40 calls of each digest in each. */
function fill(store: Store): void {
  const intake = new Intake({ store, slowNs: 1e9, epochNs, keepLiterals: true })
  const times: [sql: string, beforeMs: number | null, nowMs: number | null][] = [
    ['SELECT * FROM slower WHERE id = 1', 1, 5],
    ['SELECT * FROM faster WHERE id = 1', 5, 1],
    ['SELECT * FROM same_as_ever WHERE id = 1', 2, 2],
    ['SELECT * FROM fresh WHERE id = 1', null, 3],
    ['SELECT * FROM gone WHERE id = 1', 3, null],
  ]
  for (const [sql, ...ranges] of times) {
    for (const [range, ms] of ranges.entries()) {
      if (ms === null) continue
      for (let i = 0; i < 40; i++) {
        const startedAt = (range * 3600 + i) * 1e9
        intake.exchange(mysqlExchange({ startedAt, endedAt: startedAt + ms * 1e6 * (1 + i / 400) }, sql), ends())
      }
    }
  }
  intake.flush()
}

void t.test('each digest gets its verdict, with the size of the change', async (t) => {
  const store = Store.inMemory()
  fill(store)
  const now = { store, selection: { since: new Date('2026-05-01T13:00:00Z') } }
  const before = { store, selection: { until: new Date('2026-05-01T12:30:00Z') } }
  const comparison = compare(now, before, 'mysql')
  const verdicts = Object.fromEntries(comparison.digests.map((each) => [each.digestText.split(' ')[3], each.verdict]))
  t.strictSame(verdicts, { slower: 'slower', faster: 'faster', same_as_ever: 'same', fresh: 'new', gone: 'gone' })
  const text = comparisonText(comparison, 10, { width: 120, color: false })
  t.match(
    text,
    /^# Slower: 1\n# Digest +Cost +Times +Avg[^\n]*\n# [0-9a-f]{16} +\+4\.\d\dms\/s +×5\.00 +1\.05ms → 5\.24ms/m,
  )
  t.match(text, '# 1 did not change, 0 were called too rarely to say.')
  t.ok(text.split('\n').every((line) => line.length <= 120))
})

async function run(command: Command, options: Record<string, unknown>): Promise<string> {
  const write = process.stdout.write.bind(process.stdout)
  let out = ''
  process.stdout.write = (chunk: string | Uint8Array): boolean => {
    out += String(chunk)
    return true
  }
  try {
    await command.run(options)
    return out
  } finally {
    process.stdout.write = write
  }
}

void t.test('on the command line: a range before, or another store', async (t) => {
  const path = `${t.testdir()}/s.db`
  const store = Store.openWriter(path)
  fill(store)
  store.close()
  const range = { since: '2026-05-01T13:00:00Z', until: '2026-05-01T13:10:00Z' }
  t.match(await run(report, { store: path, ...range, 'compare-to': '1h' }), /New: 1\n[^]*Slower: 1\n[^]*Gone: 1\n/)
  t.match(await run(report, { store: path, 'compare-store': path }), /New: 0\n[^]*Gone: 0\n/)
  t.match(JSON.parse(await run(report, { store: path, ...range, 'compare-to': '1h', json: true })), {
    now: { calls: 160 },
    before: { calls: 160 },
  })
  await t.rejects(run(report, { store: path, 'compare-to': '1h' }), { code: 'USAGE', message: /no range to compare/ })
  await t.rejects(run(report, { store: path, 'compare-store': path, format: 'html' }), { code: 'USAGE' })
})
