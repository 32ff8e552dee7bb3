/**
 * What a question is about: a time range, a run, and who takes part. A scope is the same question as SQL conditions on
 * totals, on stored exchanges and on runs, with their parameters.
 */
import { instantNs } from '../records/instant.ts'

/** Several values of one kind are alternatives; kinds are all asked for. Patterns have the shell's `*`, `?` and `[…]`. */
export interface Selection {
  since?: Date | undefined
  until?: Date | undefined
  /** Only what this run captured. */
  run?: number | undefined
  /** `namespace/name` or `name` of the client or the server. */
  pod?: readonly string[] | undefined
  namespace?: readonly string[] | undefined
  /** Address, `address:port`, command, container, or pod as above, of this end. */
  client?: readonly string[] | undefined
  server?: readonly string[] | undefined
  /** Digest ids or their beginnings. */
  digest?: readonly string[] | undefined
  user?: readonly string[] | undefined
  database?: readonly string[] | undefined
}

export interface Scope {
  /** Condition on a row `t` of any table of totals: on everything but time. */
  readonly totals: string
  /** Whether totals are asked for by digest and time alone, so that sums over all callers and runs answer. */
  readonly everybody: boolean
  /** Whether totals are asked for by caller and time alone. */
  readonly everything: boolean
  /** Totals know minutes, so a range begins and ends with whole ones. */
  readonly sinceMinute: number
  readonly untilMinute: number
  /** Condition on a row `e` of `exchange_records`. */
  readonly exchanges: string
  /** Condition on a row `r` of `runs`: it overlaps the range. */
  readonly runs: string
  readonly parameters: Readonly<Record<string, number | bigint | string | null>>
}

const msPerMinute = 60_000
const always = { since: 0, until: 2 ** 40 }

type End = 'client' | 'server'
/** Where a column of a caller is: of `callers` and `endpoints`, or of `exchange_records`. */
type Column = (end: End, name: 'Address' | 'Port' | 'Comm' | 'Container' | 'Pod' | 'Namespace') => string

const callerColumn: Column = (end, name) => `${end === 'client' ? 'k' : 's'}.${name.toLowerCase()}`
const exchangeColumn: Column = (end, name) => `e.${end}${name}`

export function scopeOf(selection: Selection): Scope {
  const { since, until, run, digest = [] } = selection
  const values = new Values()
  const callers = callerConditions(selection, callerColumn, 'c', values)
  const exchanges = callerConditions(selection, exchangeColumn, 'e', values)
  const digests = any(digest, (id) => `GLOB ${values.add(`${id.toLowerCase()}*`)}`)
  const totals = run === undefined ? [] : ['t.run = @run']
  if (callers.length > 0) {
    totals.push(`t.caller IN (SELECT c.id FROM callers c JOIN endpoints k ON k.id = c.client
      JOIN endpoints s ON s.id = c.server WHERE ${callers.join(' AND ')})`)
  }
  if (digests !== null) exchanges.push(digests('e.digestId'))
  const chosen = (condition: (column: string) => string): string =>
    `t.digest IN (SELECT id FROM digests WHERE ${condition('digest')})`
  // an example of a finding is there for the finding: it may be stored as a slow one too
  const started =
    "e.kept <> 'finding' AND e.startedAt >= @sinceNs AND e.startedAt < @untilNs AND (@run IS NULL OR e.run = @run)"
  return {
    totals: ['true', ...totals, ...(digests === null ? [] : [chosen(digests)])].join(' AND '),
    everybody: totals.length === 0,
    everything: digests === null && run === undefined,
    sinceMinute: since === undefined ? always.since : Math.floor(since.getTime() / msPerMinute),
    untilMinute: until === undefined ? always.until : Math.ceil(until.getTime() / msPerMinute),
    exchanges: [started, ...exchanges].join(' AND '),
    runs: '(@run IS NULL OR r.id = @run) AND r.startedAt < @untilNs AND (r.endedAt IS NULL OR r.endedAt >= @sinceNs)',
    parameters: {
      sinceNs: since === undefined ? 0n : instantNs(since),
      untilNs: until === undefined ? 2n ** 62n : instantNs(until),
      run: run ?? null,
      ...values.named,
    },
  }
}

class Values {
  readonly named: Record<string, string> = {}
  #count = 0

  /** @returns the parameter's place in SQL */
  add(value: string): string {
    const name = `value${this.#count++}`
    this.named[name] = value
    return `@${name}`
  }
}

function callerConditions(selection: Selection, column: Column, table: string, values: Values): string[] {
  const { pod = [], namespace = [], client = [], server = [], user = [], database = [] } = selection
  const either = (pattern: string, of: (end: End) => string): string =>
    `(${of('client')} GLOB ${values.add(pattern)} OR ${of('server')} GLOB ${values.add(pattern)})`
  return [
    alternatives(pod, (pattern) => either(pattern, (end) => podOf(pattern, end, column))),
    alternatives(namespace, (pattern) => either(pattern, (end) => column(end, 'Namespace'))),
    alternatives(client, (pattern) => endCondition('client', pattern, column, values)),
    alternatives(server, (pattern) => endCondition('server', pattern, column, values)),
    alternatives(user, (pattern) => `${table}.user GLOB ${values.add(pattern)}`),
    alternatives(database, (pattern) => `${table}.database GLOB ${values.add(pattern)}`),
  ].filter((condition) => condition !== null)
}

function podOf(pattern: string, end: End, column: Column): string {
  return pattern.includes('/') ? `(${column(end, 'Namespace')} || '/' || ${column(end, 'Pod')})` : column(end, 'Pod')
}

function endCondition(end: End, pattern: string, column: Column, values: Values): string {
  const place = values.add(pattern)
  const port = end === 'server' ? [`(${column(end, 'Address')} || ':' || ${column(end, 'Port')}) GLOB ${place}`] : []
  const forms = [podOf(pattern, end, column), column(end, 'Address'), column(end, 'Comm')].map(
    (form) => `${form} GLOB ${place}`,
  )
  return `(${[...forms, ...port, `${column(end, 'Container')} GLOB ${place} || '*'`].join(' OR ')})`
}

function alternatives(values: readonly string[], condition: (value: string) => string): string | null {
  return values.length === 0 ? null : `(${values.map(condition).join(' OR ')})`
}

/** Alternatives for a column that is named later. */
function any(values: readonly string[], condition: (value: string) => string): ((column: string) => string) | null {
  if (values.length === 0) return null
  const conditions = values.map(condition)
  return (column) => `(${conditions.map((each) => `${column} ${each}`).join(' OR ')})`
}
