/**
 * A store as large as a month of a busy cluster leaves it: 30 days × 5,000 digests × 50 pods, written with the store's own
 * means, hour by hour; the hours of the first day come back every day. Ten services of five pods each have 500 digests of their own; some run all the time, most now and then.
 */
import { Histogram } from '../../src/store/histogram.ts'
import { Hours } from '../../src/store/hours.ts'
import { StoreIdentities } from '../../src/store/identities.ts'
import { measures } from '../../src/store/measures.ts'
import type { Caller } from '../../src/store/caller.ts'
import { Store } from '../../src/store/store.ts'

export interface Generated {
  days: number
  services: number
  podsPerService: number
  digestsPerService: number
  /** Rows of totals in an hour, for all pods together. */
  rowsPerHour: number
  /** How many rows a minute of the last day has. */
  rowsPerMinute: number
}

export const monthOfACluster: Generated = {
  days: 30,
  services: 10,
  podsPerService: 5,
  digestsPerService: 500,
  rowsPerHour: 3000,
  rowsPerMinute: 200,
}

const hoursOfMinutes = 25
const hoursPerDay = 24

/** The same numbers in each run: a linear congruential generator (Numerical Recipes' constants). */
function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** @param endMinute since 1970: the first minute that has no data any more. @returns rows of totals written */
export function generateStore(path: string, shape: Generated = monthOfACluster, endMinute = now()): number {
  const store = Store.openWriter(path, { keepDays: shape.days + 1, maxBytes: Number.POSITIVE_INFINITY })
  // a file that is thrown away when the machine goes down
  store.database.pragma('synchronous = OFF')
  const generator = new Generator(store, shape)
  const endHour = Math.floor(endMinute / 60)
  const firstHour = endHour - shape.days * 24
  const startedAt = BigInt(firstHour) * 3_600_000_000_000n
  const run = store.beginRun({ startedAt, source: 'generated', kernel: null, attachMode: null, slowNs: 100e6 })
  store.writeLosses(run, { ringFullRecords: 0 })
  const minutesFrom = endHour - hoursOfMinutes
  for (let hour = firstHour; hour < Math.min(firstHour + hoursPerDay, minutesFrom); hour++) generator.hour(run, hour)
  generator.everyDay(firstHour, minutesFrom)
  for (let hour = Math.max(firstHour, minutesFrom); hour <= endHour; hour++) generator.minutes(run, hour, endMinute)
  store.endRun(run, BigInt(endMinute) * 60_000_000_000n)
  store.close()
  return generator.rows
}

function now(): number {
  return Math.floor(Date.now() / 60_000)
}

class Generator {
  rows = 0
  readonly #store: Store
  readonly #shape: Generated
  readonly #hours: Hours
  readonly #digests: number[]
  readonly #callers: number[]
  readonly #random = random(1)
  readonly #histograms: {
    histogram: Buffer
    count: number
    sumNs: number
    sumNs2: number
    minNs: number
    maxNs: number
  }[]
  readonly #insert: (table: 'totals' | 'hour_totals', row: Record<string, unknown>) => void

  constructor(store: Store, shape: Generated) {
    this.#store = store
    this.#shape = shape
    this.#hours = new Hours(store.database)
    const identities = new StoreIdentities(store.database)
    const { services, digestsPerService, podsPerService } = shape
    const all = store.database.transaction(() => ({
      digests: Array.from({ length: services * digestsPerService }, (_, i) => identities.digests.idOf(digest(i))),
      callers: Array.from({ length: services * podsPerService }, (_, i) =>
        identities.callers.idOf(caller(i, podsPerService)),
      ),
    }))()
    this.#digests = all.digests
    this.#callers = all.callers
    this.#histograms = Array.from({ length: 500 }, (_, i) => latencies(this.#random, 3 + i))
    const insert = (table: string, key: string) => {
      const columns = [key, 'digest', 'caller', 'run', ...measures]
      return store.database.prepare(
        `INSERT OR IGNORE INTO ${table} (${columns.join(', ')}) VALUES (${columns.map((name) => `@${name}`).join(', ')})`,
      )
    }
    const statements = { totals: insert('totals', 'minute'), hour_totals: insert('hour_totals', 'hour') }
    this.#insert = (table, row) => void (this.rows += statements[table].run(row).changes)
  }

  /** An hour of which only the sums are left. */
  hour(run: number, hour: number): void {
    const { database } = this.#store
    database.transaction(() => {
      for (let i = 0; i < this.#shape.rowsPerHour; i++) this.#insert('hour_totals', this.#row(run, hour * 60, { hour }))
      // from here on the store closes it itself
      database.prepare("REPLACE INTO closing_hour VALUES (1, ?, 'digests', ?, -1, -1, -1)").run(hour, hour)
      do this.#hours.step(hour * 60)
      while (this.#hours.stateOf(hour) === 'open')
      database.prepare('UPDATE closed_hours SET compacted = 1 WHERE hour = ?').run(hour)
    })()
  }

  /** The day from this hour on once more on each day that follows, up to an hour. */
  everyDay(firstHour: number, endHour: number): void {
    const { database } = this.#store
    const shifted = measures.map((name) =>
      name === 'firstAt' || name === 'lastAt' ? `${name} + @hours * 3600000000000` : name,
    )
    const copy = (table: string, ...keys: string[]) =>
      database.prepare(`INSERT INTO ${table} (hour, ${[...keys, ...measures].join(', ')})
        SELECT hour + @hours, ${[...keys, ...shifted].join(', ')} FROM ${table}
        WHERE hour >= @firstHour AND hour < min(@firstHour + ${hoursPerDay}, @endHour - @hours)`)
    const totals = copy('hour_totals', 'digest', 'caller', 'run')
    const sums = [
      copy('hour_digests', 'digest'),
      copy('hour_callers', 'caller', 'protocol'),
      database.prepare(`INSERT INTO closed_hours SELECT hour + @hours, compacted FROM closed_hours
        WHERE hour >= @firstHour AND hour < min(@firstHour + ${hoursPerDay}, @endHour - @hours)`),
    ]
    for (let hours = hoursPerDay; firstHour + hours < endHour; hours += hoursPerDay) {
      // SQLite is to add integers: a number would be a REAL
      const parameters = { hours: BigInt(hours), firstHour, endHour }
      database.transaction(() => {
        this.rows += totals.run(parameters).changes
        for (const each of sums) each.run(parameters)
      })()
    }
  }

  /** An hour with its minutes, as a capture writes it; closed by the store itself. */
  minutes(run: number, hour: number, endMinute: number): void {
    const { database } = this.#store
    database.transaction(() => {
      for (let minute = hour * 60; minute < Math.min(hour * 60 + 60, endMinute); minute++) {
        for (let i = 0; i < this.#shape.rowsPerMinute; i++) this.#insert('totals', this.#row(run, minute, { minute }))
      }
    })()
    while (database.transaction(() => this.#hours.step(Math.min(hour * 60 + 60, endMinute)))());
  }

  /** One object for all rows: making each anew would cost more than writing it. */
  readonly #one: Record<string, unknown> = {}

  #row(run: number, minute: number, key: object): Record<string, unknown> {
    const { services, podsPerService, digestsPerService } = this.#shape
    const service = Math.floor(this.#random() * services)
    // few digests run all the time, most of them now and then
    const digest = service * digestsPerService + Math.floor(this.#random() ** 3 * digestsPerService)
    const pod = service * podsPerService + Math.floor(this.#random() * podsPerService)
    const latency = this.#histograms[(digest + Math.floor(this.#random() * 20)) % this.#histograms.length]
    const count = latency?.count ?? 0
    const row = Object.assign(this.#one, latency, key)
    row['digest'] = this.#digests[digest]
    row['caller'] = this.#callers[pod]
    row['run'] = run
    row['timed'] = row['rowsKnown'] = count
    row['errors'] = digest % 50 === 0 ? 1 : 0
    row['unfinished'] = row['incomplete'] = row['minRows'] = row['rowsAffected'] = row['maxAffected'] = 0
    row['rowsReturned'] = count * (digest % 20)
    row['maxRows'] = digest % 100
    row['noIndexUsed'] = digest % 30 === 0 ? count : 0
    row['requestBytes'] = count * 100
    row['maxRequestBytes'] = 200
    row['responseBytes'] = count * 1000
    row['maxResponseBytes'] = 4000
    if (row['at'] !== minute) {
      row['at'] = minute
      row['firstAt'] = BigInt(minute) * 60_000_000_000n
      row['lastAt'] = BigInt(minute) * 60_000_000_000n + 59_000_000_000n
    }
    return row
  }
}

function digest(number: number) {
  const id = (0x1234567n * 0x10001n * BigInt(number + 1)).toString(16).padStart(16, '0').slice(-16)
  const text = `select c${number}, name from table_${number % 300} where id = ? and kind in (...)`
  return { digest: { number, id, text, usedAt: 0 }, protocol: 'mysql' as const }
}

const nothing = {
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

function caller(number: number, podsPerService: number): Caller {
  const service = Math.floor(number / podsPerService)
  const client = {
    ...nothing,
    pod: `service-${service}-${number % podsPerService}`,
    namespace: 'shop',
    node: `node-${number % 7}`,
  }
  const server = { ...nothing, address: '10.0.0.7', port: 3306 }
  return { key: `generated ${number}`, client, server, database: `db${service}`, user: `app${service}` }
}

/** Some calls around a typical latency of their own. */
function latencies(next: () => number, calls: number) {
  const histogram = new Histogram()
  const typicalNs = 10 ** (5 + 3 * next())
  const all = Array.from({ length: 1 + (calls % 40) }, () =>
    Math.round(typicalNs * Math.exp(next() + next() + next() - 1.5)),
  )
  for (const each of all) histogram.add(each)
  const sum = (of: (ns: number) => number) => all.reduce((total, each) => total + of(each), 0)
  return {
    histogram: histogram.encode(),
    count: all.length,
    sumNs: sum((ns) => ns),
    sumNs2: sum((ns) => ns * ns),
    minNs: Math.min(...all),
    maxNs: Math.max(...all),
  }
}
