/** The options that every command on a store shares, with their defaults and help. */
import { z } from 'zod'
import { instant } from '../cli/values.ts'
import { defaultStorePath } from './database.ts'
import { Store } from './store.ts'

export const storeOption = {
  store: z.string().min(1).default(defaultStorePath()).describe('SQLite file with what was captured'),
}

export const rangeOptions = {
  since: instant().optional().describe('from this time on: 15m (ago), 2h, 2026-05-01T12:00:00Z'),
  until: instant().optional().describe('before this time'),
}

export const protocolOption = {
  protocol: z.enum(['mysql', 'http']).default('mysql').describe('mysql or http'),
}

export const jsonOption = {
  json: z.boolean().default(false).describe('print JSON'),
}

/** Reads with `work` and closes the store on every path. */
export function reading(path: string, work: (store: Store) => number): number {
  const store = Store.openReader(path)
  try {
    return work(store)
  } finally {
    store.close()
  }
}
