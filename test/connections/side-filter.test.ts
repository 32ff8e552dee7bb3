/** Which exchanges `--side` lets through. */
import t from 'tap'
import type { Exchange } from '../../parsers/exchange.ts'
import type { Ends } from '../../src/connections/ends.ts'
import { SideFilter } from '../../src/connections/side-filter.ts'

const nowhere = {
  address: null,
  port: null,
  pid: null,
  comm: null,
  container: null,
  pod: null,
  namespace: null,
  workload: null,
  node: null,
}

for (const [side, passes] of [
  ['client', ['client', 'both']],
  ['server', ['server', 'both']],
] as const) {
  void t.test(`only what the ${side} saw passes`, (t) => {
    const seen: (string | null)[] = []
    const filter = new SideFilter({ exchange: (_exchange, ends) => void seen.push(ends.observed) }, side)
    for (const observed of ['client', 'server', 'both'] as const) {
      const ends: Ends = { client: nowhere, server: nowhere, clock: 'client', observed, proxy: null, dialled: null }
      // what it holds is not looked at
      filter.exchange({} as Exchange, ends)
    }
    t.strictSame(seen, passes)
    t.end()
  })
}
