/** A process that writes to the store in its first argument without end: it is what tests kill, and what keeps a store busy. */
import { Intake } from '../../src/store/intake.ts'
import { Store } from '../../src/store/store.ts'
import { ends, epochNs, mysqlExchange } from './exchanges.ts'

const store = Store.openWriter(process.argv[2] ?? '')
const intake = new Intake({ store, slowNs: 1e6, epochNs, keepLiterals: true })
const connection = ends()

function batch(first: number): void {
  for (let i = first; i < first + 100; i++) {
    intake.exchange(
      mysqlExchange({ startedAt: i * 1e6, endedAt: i * 1e6 + 1e6 }, `SELECT c${i % 20} FROM t`),
      connection,
    )
  }
  intake.flush()
  process.stdout.write('.')
  setTimeout(batch, 1, first + 100)
}

batch(0)
