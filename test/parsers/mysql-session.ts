/** Made-up MySQL sessions: how the client logs in, commands with their results, and what both ends can. */
import type { Choices } from '../fuzz/choices.ts'

export type Result =
  /** `gtid`: of its commit, which a server tells where it tracks. */
  | { kind: 'ok'; affected: number; insertId: number; warnings: number; gtid: string | null }
  | { kind: 'rows'; columns: number; rows: (string | null)[]; warnings: number; described: boolean }
  /** OUT parameters of a procedure. */
  | { kind: 'out'; values: number }
  | { kind: 'error'; code: number; message: string; rowsBefore: number }

export type Value = number | string | null

export interface Execution {
  values: Value[]
  /** Types are sent, as they must be the first time. */
  typed: boolean
  /** The first value was sent ahead, in so many parts; 0: it was not. */
  longParts: number
  results: Result[]
}

/** What becomes of a statement between its preparation and its end. */
export type StatementUse =
  | { kind: 'execute'; execution: Execution }
  /** With a cursor: rows come in parts. */
  | { kind: 'fetch'; parts: number[] }
  | { kind: 'reset' }
  /** MariaDB's COM_STMT_BULK_EXECUTE. */
  | { kind: 'bulk'; sets: Value[][]; affected: number }

export type Command =
  | { kind: 'query'; text: string; results: Result[]; attribute: string | null; progress: number }
  | { kind: 'use'; schema: string; byCommand: boolean }
  | { kind: 'simple'; command: 'COM_PING' | 'COM_STATISTICS' | 'COM_RESET_CONNECTION' | 'COM_DEBUG' | 'COM_FIELD_LIST' }
  | { kind: 'prepared'; text: string; parameters: number; columns: number; uses: StatementUse[]; closes: boolean }
  | { kind: 'not-prepared'; text: string; code: number }
  | { kind: 'load'; parts: string[]; affected: number; refused: number | null }
  | { kind: 'change-user'; user: string; schema: string; refused: number | null }
  /** MariaDB: a statement is prepared and, before its id is known, executed. */
  | { kind: 'prepare-and-execute'; text: string; values: Value[]; results: Result[] }
  /** Sent before any of them is answered. */
  | { kind: 'pipelined'; queries: { text: string; results: Result[] }[] }

export type Login =
  | 'native'
  | 'caching_sha2, known'
  | 'caching_sha2, in full'
  | 'another plugin'
  /** From here on it is TLS. */
  | 'tls'
  | 'refused'

export interface Session {
  login: Login
  proxy: 'none' | 'v1' | 'v2'
  user: string
  deprecateEof: boolean
  tracks: boolean
  attributes: boolean
  /** MariaDB's protocol, with its own capabilities. */
  mariadb: boolean
  optionalMetadata: boolean
  compression: 'none' | 'zlib' | 'zstd'
  commands: Command[]
  quits: boolean
}

const most = 12

function sql(choices: Choices): string {
  const known = ['SELECT 1', 'SELECT * FROM t', 'DELETE FROM t', 'x', 'WITH a AS (SELECT 1) SELECT * FROM a'] as const
  if (!choices.oneIn(2)) return choices.pick(...known)
  return `SELECT '${choices.text(0, choices.oneIn(20) ? 5000 : 200)}'`
}

/** @param longest now and then, more than a reader keeps of a packet */
function cell(choices: Choices, longest: number): string | null {
  return choices.oneIn(6) ? null : choices.text(0, choices.oneIn(40) ? longest : 30)
}

function value(choices: Choices): Value {
  if (choices.oneIn(6)) return null
  return choices.oneIn(2) ? choices.text(0, 60) : choices.below(2 ** 31) - (choices.oneIn(4) ? 2 ** 30 : 0)
}

function ok(choices: Choices): Result {
  const warnings = choices.below(4)
  const affected = choices.pick(0, 1, 250, 251, 65_536, 20_000_000)
  const gtid = choices.oneIn(4) ? `3e11fa47-71ca-11e1-9e33-c80aa9429562:${choices.below(2 ** 31)}` : null
  return { kind: 'ok', affected, insertId: choices.pick(0, 7, 70_000), warnings, gtid }
}

function rows(choices: Choices): Result {
  const columns = choices.pick(1, 2, 4, 30)
  return {
    kind: 'rows',
    columns,
    rows: choices.many(0, most, () => cell(choices, columns === 1 ? 6000 : 100)),
    warnings: choices.below(4),
    described: !choices.oneIn(3),
  }
}

function error(choices: Choices): Result {
  const code = choices.pick(1064, 1205, 3024, 45_000)
  return { kind: 'error', code, message: choices.text(0, 80), rowsBefore: choices.pick(0, 0, 3) }
}

function last(choices: Choices): Result {
  return choices.pick(ok, rows, error)(choices)
}

function results(choices: Choices): Result[] {
  if (!choices.oneIn(3)) return [last(choices)]
  return [...choices.many(1, 3, () => choices.pick(ok, rows)(choices)), last(choices)]
}

/** A procedure's: rows, its OUT parameters, and the OK of the CALL itself. */
function callResults(choices: Choices): Result[] {
  return [...choices.many(0, 2, () => rows(choices)), { kind: 'out', values: choices.between(1, 3) }, ok(choices)]
}

/** @param parameters that the statement has */
function uses(choices: Choices, parameters: number, mariadb: boolean): StatementUse[] {
  let typed = false
  return choices.many(0, 4, (): StatementUse => {
    const kind = choices.pick(
      'execute' as const,
      'execute' as const,
      'reset' as const,
      'fetch' as const,
      'bulk' as const,
    )
    if (kind === 'reset') return { kind }
    if (kind === 'fetch' && parameters === 0) return { kind, parts: choices.many(0, 3, () => choices.below(4)) }
    if (kind === 'bulk' && mariadb && parameters > 0) {
      typed = false
      const sets = choices.many(1, 4, () => Array.from({ length: parameters }, () => choices.below(1000)))
      return { kind, sets, affected: sets.length }
    }
    const values = Array.from({ length: parameters }, () => value(choices))
    const longParts = parameters > 0 && choices.oneIn(4) ? choices.between(1, 3) : 0
    const execution = {
      values: longParts > 0 ? [choices.text(1, 50), ...values.slice(1)] : values,
      typed: !typed || choices.oneIn(3),
      longParts,
      results: choices.oneIn(5) ? callResults(choices) : [last(choices)],
    }
    typed = true
    return { kind: 'execute', execution }
  })
}

function command(choices: Choices, session: Session): Command {
  const { mariadb } = session
  switch (choices.below(14)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return {
        kind: 'query',
        text: sql(choices),
        results: results(choices),
        attribute: session.attributes && choices.oneIn(4) ? choices.text(0, 20) : null,
        progress: mariadb && choices.oneIn(8) ? choices.between(1, 3) : 0,
      }
    case 4:
      return { kind: 'use', schema: choices.pick('shop', 'stock', 'a`b'), byCommand: choices.oneIn(2) }
    case 5: {
      const names = ['COM_PING', 'COM_STATISTICS', 'COM_RESET_CONNECTION', 'COM_DEBUG', 'COM_FIELD_LIST'] as const
      return { kind: 'simple', command: choices.pick(...names) }
    }
    case 6:
    case 7:
    case 8: {
      const parameters = choices.below(most)
      return {
        kind: 'prepared',
        text: sql(choices),
        parameters,
        columns: choices.below(4),
        uses: uses(choices, parameters, mariadb),
        closes: !choices.oneIn(3),
      }
    }
    case 9:
      return { kind: 'not-prepared', text: sql(choices), code: choices.pick(1064, 1295) }
    case 10:
      return {
        kind: 'load',
        parts: choices.many(0, 3, () => choices.text(1, 80)),
        affected: choices.below(1000),
        refused: choices.oneIn(5) ? 1148 : null,
      }
    case 11: {
      const refused = choices.oneIn(4) ? 1045 : null
      return { kind: 'change-user', user: choices.pick('bob', 'eve'), schema: choices.pick('hr', ''), refused }
    }
    case 12:
      if (mariadb) {
        const values = choices.many(0, 3, () => value(choices))
        return { kind: 'prepare-and-execute', text: sql(choices), values, results: [last(choices)] }
      }
      return { kind: 'simple', command: 'COM_PING' }
    default: {
      const query = () => ({ text: sql(choices), results: [last(choices)] })
      return { kind: 'pipelined', queries: choices.many(2, 4, query) }
    }
  }
}

export function madeUpSession(choices: Choices): Session {
  const mariadb = choices.oneIn(3)
  const session: Session = {
    login: choices.oneIn(4)
      ? choices.pick('caching_sha2, known', 'caching_sha2, in full', 'another plugin', 'tls', 'refused')
      : 'native',
    proxy: choices.oneIn(12) ? choices.pick('v1', 'v2') : 'none',
    user: choices.pick('app', 'root', 'ünï'),
    deprecateEof: choices.oneIn(2),
    tracks: choices.oneIn(2),
    attributes: !mariadb && choices.oneIn(2),
    mariadb,
    optionalMetadata: choices.oneIn(4),
    compression: choices.oneIn(4) ? choices.pick('zlib', 'zstd') : 'none',
    commands: [],
    quits: choices.oneIn(2),
  }
  session.commands = choices.many(1, 8, () => command(choices, session))
  return session
}
