/** Whether an exchange is what was asked for, before it is stored: the same SQL condition as for stored ones, on a single row. */
import type { Statement } from 'better-sqlite3'
import { z } from 'zod'
import type { Exchange } from '../../parsers/exchange.ts'
import type { Ends } from '../connections/ends.ts'
import type { Endpoint } from '../record.ts'
import { instantNs } from '../records/instant.ts'
import type { Store } from '../store/store.ts'
import { scopeOf, type Selection } from './scope.ts'

export interface ExchangeSelection extends Omit<Selection, 'run'> {
  minDurationNs?: number | undefined
  errors?: boolean | undefined
}

const found = z.object({ found: z.number() })
/** Answers kept of the callers of one connection. */
const mostKept = 10_000

export class Selected {
  readonly #selection: ExchangeSelection
  readonly #statement: Statement
  readonly #parameters: Readonly<Record<string, number | bigint | string | null>>
  readonly #sinceAt: number
  readonly #untilAt: number
  /** By a connection's ends; then by user, database and digest. */
  readonly #known = new WeakMap<Ends, Map<string, boolean>>()

  /** @param epochNs nanoseconds since 1970 at the capture's time 0 */
  constructor(store: Store, { since, until, ...selection }: ExchangeSelection, epochNs: bigint) {
    this.#selection = selection
    const { exchanges, parameters } = scopeOf(selection)
    const columns = Object.keys(rowOf(null, null, null, null, '')).map((name) => `@row_${name} AS ${name}`)
    this.#statement = store.database.prepare(
      `WITH e AS (SELECT ${columns.join(', ')}) SELECT count(*) AS found FROM e WHERE ${exchanges}`,
    )
    this.#parameters = parameters
    this.#sinceAt = since === undefined ? -Infinity : Number(instantNs(since) - epochNs)
    this.#untilAt = until === undefined ? Infinity : Number(instantNs(until) - epochNs)
  }

  has(exchange: Exchange, ends: Ends, digest: string): boolean {
    const { startedAt, endedAt, status } = exchange
    const { minDurationNs, errors } = this.#selection
    if (startedAt < this.#sinceAt || startedAt >= this.#untilAt) return false
    if (errors === true && status !== 'error') return false
    if (minDurationNs !== undefined && (endedAt === null || endedAt - startedAt < minDurationNs)) return false
    return this.#isAskedFor(exchange, ends, digest)
  }

  #isAskedFor(exchange: Exchange, ends: Ends, digest: string): boolean {
    const user = exchange.protocol === 'mysql' ? exchange.user : null
    const database = exchange.protocol === 'mysql' ? exchange.database : null
    let known = this.#known.get(ends)
    if (known === undefined || known.size >= mostKept) {
      known = new Map()
      this.#known.set(ends, known)
    }
    const key = JSON.stringify([user, database, digest])
    let answer = known.get(key)
    if (answer === undefined) {
      const row = Object.entries(rowOf(ends.client, ends.server, user, database, digest))
      const named = Object.fromEntries(row.map(([name, value]) => [`row_${name}`, value]))
      answer = found.parse(this.#statement.get({ ...this.#parameters, ...named })).found > 0
      known.set(key, answer)
    }
    return answer
  }
}

type Value = string | bigint | number | null

/** The columns of `exchange_records` that a selection asks about. */
function rowOf(
  client: Endpoint | null,
  server: Endpoint | null,
  user: string | null,
  database: string | null,
  digestId: string,
): Record<string, Value> {
  const ends = { client, server }
  const columns = Object.entries(ends).flatMap(([end, endpoint]): [string, Value][] => [
    [`${end}Address`, endpoint?.address ?? null],
    // a number would be a REAL, and 3306.0 in a text
    [`${end}Port`, endpoint?.port == null ? null : BigInt(endpoint.port)],
    [`${end}Comm`, endpoint?.comm ?? null],
    [`${end}Container`, endpoint?.container ?? null],
    [`${end}Pod`, endpoint?.pod ?? null],
    [`${end}Namespace`, endpoint?.namespace ?? null],
  ])
  // the times are compared elsewhere
  return { ...Object.fromEntries(columns), user, database, digestId, startedAt: 1, run: null, kept: '' }
}
