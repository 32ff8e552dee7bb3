/** What doctor says of a store. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { storeCheck } from '../../src/cli/store-check.ts'
import { Store } from '../../src/store/store.ts'
import { fill } from '../store/small-store.ts'

void t.test('doctor tells how much a store holds, since when and what it keeps, or why it cannot', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'querytap-doctor-'))
  const path = join(directory, 'store.db')
  t.match(storeCheck(path), { result: 'note', detail: /nothing captured yet; captures keep 30 days and 1\.00 GiB$/ })
  const store = Store.openWriter(path)
  fill(store)
  t.match(storeCheck(path), {
    result: 'ok',
    detail: /KiB.*, minutes since 2026-05-01 12:00 UTC, 10 exchanges in full; captures keep 30 days and 1\.00 GiB$/,
  })
  store.close()
  writeFileSync(path, 'no store at all, but long enough to be one that is damaged')
  t.match(storeCheck(path), { result: 'fails', detail: /is not a SQLite file/, fix: /--store/ })
  rmSync(directory, { recursive: true })
})
