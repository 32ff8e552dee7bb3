/**
 * A stored statement with its parameters filled in. It is offered as an EXPLAIN to paste only where it is whole and pasting
 * it can do no more than explain; else it is text, with the reason.
 */
import type { StoredRecord } from '../store/exchange-rows.ts'
import { literalOf, quotedName } from './sql-literal.ts'
import { type SqlToken, sqlTokens } from './sql-tokens.ts'

export type StatementSample =
  /** `sql` is one or two whole statements, each with its semicolon. */
  { kind: 'runnable'; sql: string } | { kind: 'text'; sql: string; because: string }

/** What EXPLAIN takes in MySQL 5.7 and MariaDB 10 alike. None of them changes anything when explained. */
const explained: ReadonlySet<string> = new Set(['SELECT', 'UPDATE', 'DELETE', 'INSERT', 'REPLACE', 'WITH'])

type Sampled = StoredRecord & { protocol: 'mysql' }

/** @returns null for a command without a text */
export function sampleOf(record: Sampled): StatementSample | null {
  const { statement } = record
  if (statement === null) return null
  const tokens = sqlTokens(statement)
  const filled = filledIn(tokens, record)
  const because =
    notWhole(record) ?? filled.because ?? notExplained(tokens) ?? unsafe(tokens) ?? unsafe(sqlTokens(statement, false))
  if (because !== null) return { kind: 'text', sql: filled.sql, because }
  const use = record.database === null ? '' : `USE ${quotedName(record.database)};\n`
  return { kind: 'runnable', sql: `${use}EXPLAIN ${ended(filled.sql)}` }
}

function notWhole({ statement, statementBytes, database }: Sampled): string | null {
  if (statementBytes !== null) return `only the beginning of its ${statementBytes} bytes was kept`
  if (statement === null || /[^\P{Cc}\t\n\r]|\uFFFD/u.test(statement)) return 'it holds bytes that are no text'
  return database !== null && /\p{Cc}/u.test(database) ? 'the name of its database holds bytes that are no text' : null
}

function filledIn(tokens: readonly SqlToken[], record: Sampled): { sql: string; because: string | null } {
  const places = tokens.filter(({ kind }) => kind === 'placeholder').length
  const sql = tokens.map(({ text }) => text).join('')
  if (places === 0) return { sql, because: null }
  const { parameters } = record
  const because = 'its values were not kept (capture with --keep-literals)'
  if (parameters === null) return { sql, because }
  if (parameters.length !== places) {
    return { sql, because: `it has ${places} placeholders and ${parameters.length} known parameters` }
  }
  const literals = parameters.map(literalOf)
  let next = 0
  const filled = tokens.map(({ kind, text }) => (kind === 'placeholder' ? (literals[next++]?.sql ?? text) : text))
  return { sql: filled.join(''), because: literals.find((literal) => literal.because !== null)?.because ?? null }
}

function notExplained(tokens: readonly SqlToken[]): string | null {
  const first = tokens.find(({ kind, text }) => kind !== 'space' && kind !== 'comment' && text !== '(')
  return first?.kind === 'word' && explained.has(first.text.toUpperCase()) ? null : 'EXPLAIN does not take it'
}

/**
 * The mysql client acts on more than statements: `\!` runs a program, a line may begin with DELIMITER, and the server looks
 * into executable comments. A capture holds what anybody sent, so none of that may reach a prompt.
 */
function unsafe(tokens: readonly SqlToken[]): string | null {
  const last = tokens.findLastIndex(({ kind }) => kind !== 'space' && kind !== 'comment')
  for (const [index, { kind, text }] of tokens.entries()) {
    if (kind === 'open') return 'a string or a comment in it has no end'
    if (kind === 'symbol' && text === '\\') return 'it holds a command of the mysql client'
    if (kind === 'symbol' && text === ';' && index !== last) return 'it is several statements'
    if (kind === 'comment' && /^\/\*(?:!|M!|\+)/.test(text) && /[;\\'"`?]|\/\*/.test(text.slice(2))) {
      return 'it holds an executable comment with more than a hint'
    }
    if (kind === 'word' && /^delimiter$/i.test(text) && beginsLine(tokens, index)) {
      return 'it holds a command of the mysql client'
    }
    if (kind === 'string' && text.includes('\r')) return 'a string in it holds a carriage return'
  }
  return null
}

function beginsLine(tokens: readonly SqlToken[], index: number): boolean {
  const before = tokens[index - 1]
  return before === undefined || (before.kind === 'space' && before.text.includes('\n'))
}

/** With one semicolon, which no line comment swallows. */
function ended(sql: string): string {
  const text = sql.replaceAll('\r\n', '\n').trim()
  const tokens = sqlTokens(text)
  const last = tokens.findLast(({ kind }) => kind !== 'space' && kind !== 'comment')
  if (last?.text === ';') return text
  return tokens.at(-1)?.kind === 'comment' ? `${text}\n;` : `${text};`
}
