/** A store whose content is known, for tests of reports and commands. */
import { Intake } from '../../src/store/intake.ts'
import { Store } from '../../src/store/store.ts'
import { ends, epochNs, httpExchange, mysqlExchange } from '../store/exchanges.ts'

const web = ends({ pod: 'web-7d9f', namespace: 'shop' })
const api = ends({ pod: 'api-1', namespace: 'crm', address: '10.0.0.6' })
const shell = ends({ comm: 'mariadb', address: '10.0.0.9' })

/** 100 selects of 1 to 100 ms from two pods, 10 updates of 200 ms from a shell, one failure, one HTTP request. */
export function fill(store: Store): void {
  const run = store.beginRun({ startedAt: epochNs, source: 'live', kernel: '6.12', attachMode: 'kprobe', slowNs: 50e6 })
  store.writeLosses(run, { ringFullRecords: 0, unreadableMemory: 3 })
  const intake = new Intake({ store, slowNs: 50e6, epochNs, keepLiterals: true })
  for (let i = 1; i <= 100; i++) {
    const fields = { startedAt: i * 1e9, endedAt: i * 1e9 + i * 1e6, rowsReturned: 2 }
    intake.exchange(mysqlExchange(fields, `SELECT * FROM Orders WHERE id = ${i}`), i % 4 === 0 ? api : web)
  }
  for (let i = 1; i <= 10; i++) {
    const fields = {
      startedAt: 150e9,
      endedAt: 150.2e9,
      rowsReturned: null,
      rowsAffected: 5,
      user: 'root',
      database: null,
      serverStatus: 34,
    }
    intake.exchange(mysqlExchange(fields, `UPDATE Orders\n   SET a = ${i}`), shell)
  }
  const failed = {
    startedAt: 199e9,
    endedAt: 200e9 - 1e9 + 1e6,
    status: 'error',
    errorCode: 1064,
    errorMessage: 'no',
  } as const
  intake.exchange(mysqlExchange({ ...failed, rowsReturned: null }, 'SELEC 1'), shell)
  intake.exchange(httpExchange({ startedAt: 3e9, endedAt: 4e9, path: '/orders/17' }), web)
  intake.flush()
}

export function filled(): Store {
  const store = Store.inMemory()
  fill(store)
  return store
}
