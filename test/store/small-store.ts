/** A store with a little in it, for tests of the store itself. */
import { QuerytapError } from '../../src/querytap-error.ts'
import { Intake } from '../../src/store/intake.ts'
import type { Store } from '../../src/store/store.ts'
import { ends, epochNs, mysqlExchange } from './exchanges.ts'

export function fill(store: Store, count = 10, epoch = epochNs): void {
  const intake = new Intake({ store, slowNs: 1e6, epochNs: epoch, keepLiterals: true })
  for (let i = 0; i < count; i++) intake.exchange(mysqlExchange({ startedAt: i * 1e6, endedAt: i * 1e6 + 2e6 }), ends())
  intake.flush()
}

export function calls(store: Store): unknown {
  return store.database.prepare('SELECT sum(count) FROM totals').pluck().get()
}

/** @returns code and message of what `work` throws */
export function codeOf(work: () => unknown): string {
  try {
    work()
    return 'no error'
  } catch (error) {
    return error instanceof QuerytapError ? `${error.code}: ${error.message}` : String(error)
  }
}
