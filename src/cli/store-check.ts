/** What doctor says of the store: how much it holds, since when, and what it forgets. */
import { existsSync, statSync } from 'node:fs'
import { z } from 'zod'
import { QuerytapError } from '../querytap-error.ts'
import { bytesText, countText } from '../report/figures.ts'
import { defaultRetention } from '../store/retention.ts'
import { Store } from '../store/store.ts'
import type { Check } from './doctor.ts'

const what = 'store'

const holdings = z.object({
  minute: z.number().nullable(),
  hour: z.number().nullable(),
  exchanges: z.number(),
})

export function storeCheck(path: string): Check {
  const { keepDays, maxBytes } = defaultRetention
  const limits = `captures keep ${keepDays} days and ${bytesText(maxBytes)}`
  if (!existsSync(path)) return { what, result: 'note', detail: `${path}: nothing captured yet; ${limits}`, fix: null }
  try {
    const store = Store.openReader(path)
    try {
      return { what, result: 'ok', detail: `${path}: ${sizeText(path)}, ${heldText(store)}; ${limits}`, fix: null }
    } finally {
      store.close()
    }
  } catch (error) {
    if (!(error instanceof QuerytapError)) throw error
    return { what, result: 'fails', detail: error.message, fix: error.hint }
  }
}

function sizeText(path: string): string {
  const log = `${path}-wal`
  const logBytes = existsSync(log) ? statSync(log).size : 0
  return `${bytesText(statSync(path).size)}${logBytes > 0 ? ` and ${bytesText(logBytes)} of log` : ''}`
}

function heldText(store: Store): string {
  const { minute, hour, exchanges } = holdings.parse(
    store.database
      .prepare(
        `SELECT (SELECT min(minute) FROM totals) AS minute, (SELECT min(hour) FROM closed_hours) AS hour,
           (SELECT count(*) FROM exchanges) AS exchanges`,
      )
      .get(),
  )
  return [
    minute === null ? 'no totals' : `minutes since ${timeText(minute * 60)}`,
    ...(hour === null ? [] : [`hours since ${timeText(hour * 3600)}`]),
    `${countText(exchanges)} exchanges in full`,
  ].join(', ')
}

function timeText(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
