/** What stands in a writer's way while it captures: a full disk, another program's lock, a reader that stays, a clock that jumps. */
import Database from 'better-sqlite3'
import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { QuerytapError } from '../../src/querytap-error.ts'
import { Intake, maxWaiting } from '../../src/store/intake.ts'
import { Store } from '../../src/store/store.ts'
import { skipUnlessRequired } from '../kernel/required.ts'
import { ends, epochNs, mysqlExchange } from './exchanges.ts'
import { calls, codeOf, fill } from './small-store.ts'

const connection = ends()

function lenient(store: Store, slowNs = 0) {
  const said: (string | null)[] = []
  const onUnstored = (reason: QuerytapError | null) => said.push(reason && `${reason.code}: ${reason.message}`)
  const intake = new Intake({ store, slowNs, epochNs, onUnstored })
  let at = 0
  const take = (count: number): void => {
    for (let i = 0; i < count; i++, at++) {
      intake.exchange(mysqlExchange({ startedAt: at * 1e6, endedAt: at * 1e6 + 2e6 }), connection)
    }
  }
  return { intake, said, take }
}

function stored(store: Store): unknown[] {
  return [calls(store), store.database.prepare('SELECT count(*) FROM exchanges').pluck().get()]
}

/** @returns when there is no room left */
function fillUp(path: string): void {
  const file = openSync(path, 'a')
  try {
    for (const size of [65_536, 4096, 1]) {
      const piece = Buffer.alloc(size)
      try {
        while (writeSync(file, piece) === size);
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
      }
    }
  } finally {
    closeSync(file)
  }
}

const skip = skipUnlessRequired(process.getuid?.() === 0 ? null : 'mounting needs root')

void t.test('a full disk: what is captured waits, within limits, and is stored when there is room', { skip }, (t) => {
  const disk = mkdtempSync(join(tmpdir(), 'querytap-disk-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'querytap-test', disk], { encoding: 'utf8' })
  if (mounted.status !== 0) {
    rmSync(disk, { recursive: true })
    const reason = `no tmpfs can be mounted: ${mounted.stderr.trim()}`
    if (skipUnlessRequired(reason) === false) t.fail(reason)
    t.end()
    return
  }
  t.teardown(() => {
    spawnSync('umount', ['-l', disk])
    rmSync(disk, { recursive: true })
  })
  const path = `${disk}/s.db`
  const store = Store.openWriter(path)
  store.beginRun({ startedAt: epochNs, source: 'live', kernel: null, attachMode: null, slowNs: 0 })
  const { intake, said, take } = lenient(store)
  take(10)
  intake.flush()
  t.strictSame([stored(store), said], [[10, 10], []])

  fillUp(`${disk}/filler`)
  take(1000)
  intake.flush()
  intake.flush()
  t.equal(said.length, 1, 'said once')
  t.match(said[0], /^STORE_PATH: write store .*s\.db: no space left on device$/)
  take(maxWaiting)
  t.strictSame(intake.unstored, { unstoredExchanges: 1000, unstoredCalls: 0 })
  t.strictSame(stored(store), [10, 10])

  rmSync(`${disk}/filler`)
  intake.flush()
  t.strictSame(said.slice(1), [null])
  t.strictSame(stored(store), [1010 + maxWaiting, 10 + maxWaiting])
  take(5)
  intake.flush()
  t.strictSame(stored(store), [1015 + maxWaiting, 15 + maxWaiting])

  fillUp(`${disk}/filler`)
  take(1000)
  t.match(
    codeOf(() => intake.end(10e9)),
    /^STORE_PATH: write store .* no space left/,
    'the end waits for no other time',
  )
  store.close()
  rmSync(`${disk}/filler`)
  const again = Store.openReader(path)
  t.equal(again.database.pragma('integrity_check', { simple: true }), 'ok')
  t.strictSame(stored(again), [1015 + maxWaiting, 15 + maxWaiting])
  again.close()

  spawnSync('mount', ['-o', 'remount,ro', disk])
  t.match(
    codeOf(() => Store.openWriter(path)),
    /^STORE_PATH: .*read-only/,
  )
  t.match(
    codeOf(() => Store.openWriter(`${disk}/new.db`)),
    /^STORE_PATH: .*read-only file system/,
  )
  const reader = Store.openReader(path)
  t.equal(calls(reader), 1015 + maxWaiting, 'and can be read')
  reader.close()
  t.end()
})

void t.test("another program's lock holds nothing up, and nothing is lost", async (t) => {
  const path = `${t.testdir()}/s.db`
  const store = Store.openWriter(path)
  const { intake, said, take } = lenient(store)
  const other = new Database(path)
  take(10)
  intake.flush()
  other.exec('BEGIN IMMEDIATE')
  take(10)
  const began = performance.now()
  intake.flush()
  const waitedMs = performance.now() - began
  t.match(said, [/is locked by another program/])
  t.ok(waitedMs < 4000, `${waitedMs} ms, not the 5 s of a program that can wait`)
  other.exec('COMMIT')
  other.close()
  intake.flush()
  t.strictSame([said.length, said[1]], [2, null])
  t.strictSame(stored(store), [20, 20])
  store.close()
})

void t.test('a reader that stays neither stops the writer nor sees what came later', async (t) => {
  const path = `${t.testdir()}/s.db`
  const store = Store.openWriter(path)
  const { intake, said, take } = lenient(store)
  take(100)
  intake.flush()
  const reader = Store.openReader(path)
  const rows = reader.database.prepare('SELECT id FROM exchanges').iterate()
  rows.next()
  for (let batch = 0; batch < 50; batch++) {
    take(100)
    intake.flush()
  }
  let read = 1
  for (const _ of rows) read++
  t.strictSame([read, said], [100, []])
  t.strictSame(stored(reader), [5100, 5100])
  reader.close()
  store.close()
})

void t.test('a store that becomes damaged ends the capture with the reason', async (t) => {
  const store = Store.openWriter(`${t.testdir()}/s.db`)
  const { intake, said, take } = lenient(store)
  take(10)
  const damaged = Object.assign(new Error('database disk image is malformed'), { code: 'SQLITE_CORRUPT_INDEX' })
  store.database.function('now_damaged', () => {
    throw damaged
  })
  store.database.exec('CREATE TEMP TRIGGER damage BEFORE INSERT ON main.totals BEGIN SELECT now_damaged(); END')
  t.match(
    codeOf(() => intake.flush()),
    /^STORE_CORRUPT: write store .* is damaged/,
  )
  t.strictSame(said, [])
  store.close()
})

void t.test('a clock that jumps forwards or backwards between captures forgets nothing', async (t) => {
  const path = `${t.testdir()}/s.db`
  const day = 86_400_000_000_000n
  for (const jump of [0n, 400n * day, -400n * day, -day / 2n, 1n]) {
    const store = Store.openWriter(path, { keepDays: 30 })
    fill(store, 10, epochNs + jump)
    store.tidy(1000)
    store.close()
  }
  const store = Store.openReader(path)
  t.equal(store.database.prepare('SELECT sum(count) FROM all_totals').pluck().get(), 50)
  t.equal(store.database.prepare("SELECT count(*) FROM exchanges WHERE kept = 'slow'").pluck().get(), 50)
  store.close()
})
