/** The several results of one command, each with its statement: a procedure gives any number of rows and then an OK, every other statement one result. */
import type { MysqlExchange, MysqlResult } from '../../parsers/exchange.ts'
import type { MysqlResultRecord } from '../record.ts'
import { splitStatements } from './split-statements.ts'

/** Characters of all the statements' texts together on one record. */
const mostCharacters = 16 << 10
const leastEach = 80

/** @param statement the command's text, whole. @param mode bits of the SQL mode it was read in */
export function resultRecords(
  { results, startedAt, text, textLength }: Pick<MysqlExchange, 'results' | 'startedAt' | 'text' | 'textLength'>,
  statement: string | null,
  mode = 0,
): MysqlResultRecord[] | null {
  if (results === null || results === undefined) return null
  const whole = statement !== null && text !== null && textLength <= text.length
  const statements = whole ? statementsOf(results, splitStatements(statement, mode)) : null
  const most = Math.max(leastEach, Math.floor(mostCharacters / Math.max(1, results.length)))
  return results.map(({ endedAt, ...result }, index) => ({
    statement: cut(statements?.[index] ?? null, most),
    ...result,
    endedNs: Math.round(endedAt - startedAt),
  }))
}

/** @returns for each result its statement; null where the two do not fit together, or there is one statement only */
function statementsOf(results: readonly MysqlResult[], statements: readonly string[]): string[] | null {
  // where a program's own statements end, and what an empty one gives, the text alone does not tell
  if (statements.length < 2 || statements.some((statement) => statement === '' || isProgram(statement))) return null
  const of: string[] = []
  let at = 0
  for (const { kind } of results) {
    const statement = statements[at]
    if (statement === undefined) return null
    of.push(statement)
    if (kind === 'ok' || kind === 'error' || !givesSeveral(statement)) at++
  }
  const failed = results.at(-1)?.kind === 'error'
  return failed || at === statements.length ? of : null
}

/** What calls a procedure, in the open or through a prepared statement. */
function givesSeveral(statement: string): boolean {
  return /^\s*(call|execute)\b/i.test(statement.replace(leadingComments, ''))
}

const leadingComments = /^(\s|\/\*[^]*?\*\/|(--\s|#).*\n)+/

/** A routine with its body, or MariaDB's compound statements. */
function isProgram(statement: string): boolean {
  const text = statement.replace(leadingComments, '')
  return (
    /^(?:begin\s+not|if|case|loop|while|repeat|for|declare)\b/i.test(text) ||
    /^(?:[\w$]+|`[^`]+`)\s*:/.test(text) ||
    /^(?:create|alter)\b[^']*?\b(?:procedure|function|trigger|event|package)\b/i.test(text)
  )
}

function cut(text: string | null, most: number): string | null {
  return text === null || text.length <= most ? text : `${text.slice(0, most - 1)}…`
}
