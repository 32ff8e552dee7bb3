/** `npm run bench [NAME…]`: the benchmarks, each with its yardstick in the same run. */
import { cpus, release } from 'node:os'
import { churn } from './churn.ts'
import { digest } from './digest.ts'
import { headerWalk } from './header-walk.ts'
import { liveDelay } from './live-delay.ts'
import { machineLoad } from './machine-load.ts'
import { memory } from './memory.ts'
import { observedServer } from './observed-server.ts'
import { overload } from './overload.ts'
import { parser } from './parser.ts'
import { reportOnMonth } from './report.ts'
import { processorOrder } from './processor-order.ts'
import { ringToTotal } from './ring-to-total.ts'
import { replay } from './replay.ts'
import { saturation } from './saturation.ts'
import { store } from './store.ts'
import { probes } from './probes.ts'
import { printTable, type Row } from './table.ts'
import { webServer } from './web-server.ts'

const benchmarks: Record<string, { title: string; run: () => Row[] | Promise<Row[]> }> = {
  'ring-to-total': { title: 'A point select from the ring to its total, one core', run: ringToTotal },
  parser: { title: 'The MySQL parser, one core, and tshark on the same bytes', run: parser },
  digest: { title: 'A digest, one core, CPU time', run: digest },
  probes: { title: 'The probes in a ping-pong over 127.0.0.1, 64 bytes out and 512 back', run: probes },
  'header-walk': { title: 'Packet headers walked in the kernel, by size of the rows', run: headerWalk },
  memory: { title: 'Memory of 10,000 connections with 1,000 prepared statements each, 10,000 digests', run: memory },
  replay: { title: 'A capture of sysbench against MariaDB, replayed', run: replay },
  report: { title: 'querytap report on 30 days × 5,000 digests × 50 pods', run: reportOnMonth },
  store: { title: 'The store, one core', run: store },
  churn: { title: 'Connections that come and go', run: churn },
  overload: { title: 'A reader with too little time, ring of 1 MiB', run: overload },
  'processor-order': { title: 'Clients and server pinned to a processor each', run: processorOrder },
  'live-delay': { title: 'From a statement to its live line', run: liveDelay },
  'web-server': { title: 'wrk, a small file, nginx', run: webServer },
  'machine-load': { title: 'MariaDB under sysbench and nginx under wrk, by attach mode', run: machineLoad },
  'observed-server': { title: 'MariaDB on a processor of its own, sysbench oltp_point_select', run: observedServer },
  saturation: { title: `sysbench oltp_point_select, MariaDB`, run: () => saturation('auto') },
}

const names = process.argv.slice(2)
const unknown = names.filter((name) => !(name in benchmarks))
if (unknown.length > 0) {
  process.stderr.write(`bench: no benchmark ${unknown.join(', ')}; there are ${Object.keys(benchmarks).join(', ')}\n`)
  process.exit(2)
}
process.stdout.write(
  `${new Date().toISOString().slice(0, 10)}, Linux ${release()}, Node ${process.version}, ${cpus()[0]?.model ?? ''}\n`,
)
for (const [name, { title, run }] of Object.entries(benchmarks)) {
  if (names.length === 0 || names.includes(name)) printTable(title, await run())
}
