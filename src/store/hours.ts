/**
 * Minutes become hours: an hour that is over is summed up, and a day later its minutes go. All of it happens in slices
 * between batches, each in a transaction that a kill cannot tear; `closed_hours` says which hours hold.
 *
 * An hour is *open* (its minutes alone count), *closed* (its sums count, and the minutes are there too) or *compacted*
 * (its sums alone count). What comes late opens a closed hour again, and is added to the sums of a compacted one.
 */
import type { Database, Statement } from 'better-sqlite3'
import { z } from 'zod'
import { measures, mergedMeasures } from './measures.ts'

export type HourState = 'open' | 'closed' | 'compacted'

/** An hour is closed when newer data says that it has been over for so long. */
const graceMinutes = 5
/** How long minutes stay beside their hour. */
const minutesKept = 24 * 60
/** Rows of one slice: some ten milliseconds. */
const rowsPerSlice = 1000

const names = measures.join(', ')
const values = measures.map((name) => `t.${name}`).join(', ')

/** What an hour goes through: sums that do not hold are cleared, then each table is summed up from the one before. */
const summing = {
  minutes: {
    source: 'totals',
    key: 'minute',
    insert: `INSERT INTO hour_totals (hour, digest, caller, run, ${names})
      SELECT t.minute / 60, t.digest, t.caller, t.run, ${values} FROM totals t`,
    conflict: 'hour, digest, caller, run',
    next: 'digests',
  },
  digests: {
    source: 'hour_totals',
    key: 'hour',
    insert: `INSERT INTO hour_digests (hour, digest, ${names}) SELECT t.hour, t.digest, ${values} FROM hour_totals t`,
    conflict: 'hour, digest',
    next: 'callers',
  },
  callers: {
    source: 'hour_totals',
    key: 'hour',
    insert: `INSERT INTO hour_callers (hour, caller, protocol, ${names})
      SELECT t.hour, t.caller, d.protocol, ${values} FROM hour_totals t CROSS JOIN digests d ON d.id = t.digest`,
    conflict: 'hour, caller, protocol',
    next: null,
  },
} as const

type Step = 'clear' | keyof typeof summing

/** The last row that was summed up. */
const place = z.object({ minute: z.number(), digest: z.number(), caller: z.number(), run: z.number() })
const progressRow = place.extend({ hour: z.number(), step: z.enum(['clear', 'minutes', 'digests', 'callers']) })

export class Hours {
  readonly #database: Database
  readonly #statements = new Map<string, Statement>()
  /** Every hour before this one was closed when it was last looked at. */
  #settledBefore = 0

  constructor(database: Database) {
    this.#database = database
  }

  stateOf(hour: number): HourState {
    const compacted = this.#sql('SELECT compacted FROM closed_hours WHERE hour = ?').pluck().get(hour)
    return compacted === undefined ? 'open' : compacted === 1 ? 'compacted' : 'closed'
  }

  /** Its minutes are about to change: its sums no longer hold. */
  reopen(hour: number): void {
    this.#sql('DELETE FROM closed_hours WHERE hour = ?').run(hour)
    this.#sql('DELETE FROM closing_hour WHERE hour = ?').run(hour)
    this.#settledBefore = Math.min(this.#settledBefore, hour)
  }

  /**
   * One slice of whatever is to be done, within the caller's transaction.
   * @param nowMinute of the newest data. @returns whether there may be more
   */
  step(nowMinute: number): boolean {
    const progress = progressRow.optional().parse(this.#sql('SELECT * FROM closing_hour').get())
    if (progress !== undefined) {
      const { hour, step } = progress
      if (step !== 'clear') this.#sumUp(hour, step, progress)
      else if (this.clear(hour)) this.#begin(hour, 'minutes')
      return true
    }
    const hour = this.#nextToClose(nowMinute)
    if (hour === undefined) return this.#compact(nowMinute)
    this.#begin(hour, 'clear')
    return true
  }

  #nextToClose(nowMinute: number): number | undefined {
    for (;;) {
      const minute = this.#minuteFrom(this.#settledBefore * 60)
      if (minute === undefined) return undefined
      const hour = Math.floor(minute / 60)
      if ((hour + 1) * 60 + graceMinutes > nowMinute) return undefined
      if (this.stateOf(hour) === 'open') return hour
      this.#settledBefore = hour + 1
    }
  }

  /** Takes sums of an hour away, a slice at a time. @returns whether all are gone */
  clear(hour: number): boolean {
    const { changes } = this.#sql(
      `DELETE FROM hour_totals WHERE hour = @hour AND digest <= ifnull(
        (SELECT digest FROM hour_totals WHERE hour = @hour ORDER BY digest LIMIT 1 OFFSET ${rowsPerSlice - 1}), 1 << 62)`,
    ).run({ hour })
    if (changes >= rowsPerSlice) return false
    this.#sql('DELETE FROM hour_digests WHERE hour = ?').run(hour)
    this.#sql('DELETE FROM hour_callers WHERE hour = ?').run(hour)
    return true
  }

  /** The next rows of a step, each added to its sum. */
  #sumUp(hour: number, step: keyof typeof summing, from: z.output<typeof place>): void {
    const { source, key, insert, conflict, next } = summing[step]
    const columns = `(t.${key}, t.digest, t.caller, t.run)`
    const rest = `${columns} > (@minute, @digest, @caller, @run) AND t.${key} < @end`
    const parameters = { ...from, end: key === 'minute' ? hour * 60 + 60 : hour + 1 }
    const last = place.optional().parse(
      this.#sql(
        `SELECT t.${key} AS minute, t.digest, t.caller, t.run FROM ${source} t WHERE ${rest}
         ORDER BY t.${key}, t.digest, t.caller, t.run LIMIT 1 OFFSET ${rowsPerSlice - 1}`,
      ).get(parameters),
    )
    const merge = `ON CONFLICT (${conflict}) DO UPDATE SET ${mergedMeasures}`
    if (last !== undefined) {
      const upTo = `AND ${columns} <= (@lastMinute, @lastDigest, @lastCaller, @lastRun)`
      const { minute: lastMinute, digest: lastDigest, caller: lastCaller, run: lastRun } = last
      const slice = { ...parameters, lastMinute, lastDigest, lastCaller, lastRun }
      this.#sql(`${insert} WHERE ${rest} ${upTo} ${merge}`).run(slice)
      this.#save(hour, step, last)
      return
    }
    this.#sql(`${insert} WHERE ${rest} ${merge}`).run(parameters)
    if (next !== null) this.#begin(hour, next)
    else {
      this.#sql('DELETE FROM closing_hour').run()
      this.#sql('REPLACE INTO closed_hours VALUES (?, 0)').run(hour)
    }
  }

  #begin(hour: number, step: Step): void {
    this.#save(hour, step, { minute: step === 'minutes' ? hour * 60 : hour, digest: -1, caller: -1, run: -1 })
  }

  #save(hour: number, step: Step, last: z.output<typeof place>): void {
    const row = { ...last, hour, step }
    this.#sql('REPLACE INTO closing_hour VALUES (1, @hour, @step, @minute, @digest, @caller, @run)').run(row)
  }

  /** Takes a minute away whose hour holds it. */
  #compact(nowMinute: number): boolean {
    const minute = this.#minuteFrom(0)
    if (minute === undefined) return false
    const hour = Math.floor(minute / 60)
    const state = this.stateOf(hour)
    if (state === 'open' || (state === 'closed' && (hour + 1) * 60 + minutesKept > nowMinute)) return false
    if (state === 'closed') this.#sql('UPDATE closed_hours SET compacted = 1 WHERE hour = ?').run(hour)
    this.#sql('DELETE FROM totals WHERE minute = ?').run(minute)
    return true
  }

  /** The first minute with totals that is not before this one. */
  #minuteFrom(minute: number): number | undefined {
    const found = this.#sql('SELECT min(minute) FROM totals WHERE minute >= ?').pluck().get(minute)
    return typeof found === 'number' ? found : undefined
  }

  #sql(text: string): Statement {
    let statement = this.#statements.get(text)
    if (statement === undefined) {
      statement = this.#database.prepare(text)
      this.#statements.set(text, statement)
    }
    return statement
  }
}
