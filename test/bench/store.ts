/**
 * What the store takes in a second, exchanges in full and totals, beside the very same rows inserted by better-sqlite3 alone
 * into the same tables, in batches of the same size, in the same run.
 */
import Database from 'better-sqlite3'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Intake } from '../../src/store/intake.ts'
import { Store } from '../../src/store/store.ts'
import { ends, epochNs, mysqlExchange } from '../store/exchanges.ts'
import { ratio, type Row } from './table.ts'

const exchanges = 40_000
const totals = 40_000
const batch = 1000

const seconds = (began: [number, number]) => {
  const [whole, ns] = process.hrtime(began)
  return whole + ns / 1e9
}

/** Everything is slow, and stored in full. @returns rows a second */
function takeExchanges(store: Store): number {
  const intake = new Intake({ store, slowNs: 0, epochNs, keepLiterals: true })
  const connection = ends()
  const began = process.hrtime()
  for (let i = 0; i < exchanges; i++) {
    const times = { startedAt: i * 1e6, endedAt: i * 1e6 + 2e6 }
    intake.exchange(
      mysqlExchange(times, `SELECT name, price FROM items WHERE id = ${i} AND shop = 'x${i}'`),
      connection,
    )
    if (i % batch === batch - 1) intake.flush()
  }
  return exchanges / seconds(began)
}

/** Nothing is slow; each call is of a digest of its own in its minute. @returns totals a second */
function takeTotals(store: Store): number {
  const intake = new Intake({ store, slowNs: 1e9, epochNs, keepLiterals: true })
  const connection = ends()
  const began = process.hrtime()
  for (let i = 0; i < totals; i++) {
    const times = { startedAt: i * 1e6, endedAt: i * 1e6 + 2e6 }
    intake.exchange(mysqlExchange(times, `SELECT name FROM items_${i % 4000} WHERE id = 1`), connection)
    if (i % batch === batch - 1) intake.flush()
  }
  return totals / seconds(began)
}

/** The rows of a table, inserted anew into an empty one. @returns rows a second */
function insertAlone(from: Store, table: string, path: string): number {
  const rows = from.database.prepare(`SELECT * FROM ${table}`).safeIntegers().all() as Record<string, unknown>[]
  const schema = from.database
    .prepare("SELECT sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL ORDER BY type = 'index'")
    .pluck()
    .all(table) as string[]
  const names = Object.keys(rows[0] ?? {})
  const database = new Database(path)
  try {
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = NORMAL')
    database.pragma('foreign_keys = OFF')
    for (const statement of schema) database.exec(statement)
    const insert = database.prepare(
      `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map((name) => `@${name}`).join(', ')})`,
    )
    const began = process.hrtime()
    for (let from = 0; from < rows.length; from += batch) {
      database.transaction(() => {
        for (const row of rows.slice(from, from + batch)) insert.run(row)
      })()
    }
    return rows.length / seconds(began)
  } finally {
    database.close()
  }
}

export function store(): Row[] {
  const directory = mkdtempSync(join(tmpdir(), 'querytap-bench-'))
  const rowsOf = (table: string, take: (store: Store) => number): { taken: number; alone: number } => {
    const own = Store.openWriter(join(directory, `${table}.db`))
    try {
      const taken = take(own)
      return { taken, alone: insertAlone(own, table, join(directory, `${table}-alone.db`)) }
    } finally {
      own.close()
    }
  }
  try {
    const kept = rowsOf('exchanges', takeExchanges)
    const total = rowsOf('totals', takeTotals)
    return [
      ['exchanges made into records and stored in full', `${kept.taken.toFixed(0)}/s`],
      ['the same rows by better-sqlite3 alone', `${kept.alone.toFixed(0)}/s`],
      ['the first to the second', ratio(kept.taken, kept.alone)],
      ['calls digested, totalled and stored, each in a total of its own', `${total.taken.toFixed(0)}/s`],
      ['rows of totals by better-sqlite3 alone', `${total.alone.toFixed(0)}/s`],
      ['the first to the second', ratio(total.taken, total.alone)],
    ]
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
