/** The tables that a statement names, so that a report can say how to look at them. A name that is none of a table is left out. */
import { quotedName } from './sql-literal.ts'
import { type SqlToken, sqlTokens } from './sql-tokens.ts'

export interface TableName {
  /** Null: of the connection's database. */
  schema: string | null
  table: string
}

const statements: ReadonlySet<string> = new Set(
  'SELECT INSERT REPLACE UPDATE DELETE WITH TRUNCATE LOAD ALTER ANALYZE OPTIMIZE LOCK'.split(' '),
)
/** A table's name follows these. */
const introductions: ReadonlySet<string> = new Set([
  'FROM',
  'JOIN',
  'INTO',
  'UPDATE',
  'TABLE',
  'TABLES',
  'STRAIGHT_JOIN',
])
/** Words between an introduction and the name. */
const skipped: ReadonlySet<string> = new Set(
  'LOW_PRIORITY HIGH_PRIORITY DELAYED QUICK IGNORE INTO FROM TABLE ONLY IF EXISTS NOT'.split(' '),
)
/** Functions whose arguments are divided by FROM. */
const fromInside: ReadonlySet<string> = new Set(['EXTRACT', 'TRIM', 'SUBSTRING', 'SUBSTR', 'OVERLAY', 'MID'])
/** Never names where a name is expected. */
const reserved: ReadonlySet<string> = new Set(
  'SELECT VALUES SET DUAL OUTFILE DUMPFILE LATERAL UNNEST JSON_TABLE WHERE ON USING AS LIMIT ORDER GROUP'.split(' '),
)
const mostTables = 20

/** @param sql a statement, or the text of a digest */
export function tablesUsed(sql: string): TableName[] {
  const tokens = sqlTokens(sql).filter(({ kind }) => kind !== 'space' && kind !== 'comment')
  const first = tokens.find(({ text }) => text !== '(')
  if (first === undefined || !statements.has(first.text.toUpperCase())) return []
  const found = new Map<string, TableName>()
  const defined = commonTables(tokens)
  const functions: boolean[] = []
  for (let i = 0; i < tokens.length; i++) {
    const { kind, text } = tokens[i] ?? { kind: 'space', text: '' }
    const before = wordAt(tokens, i - 1)
    if (text === '(') functions.push(fromInside.has(before))
    else if (text === ')') functions.pop()
    if (kind !== 'word' || !introductions.has(text.toUpperCase()) || functions.at(-1) === true) continue
    // SELECT … FOR UPDATE, ON DUPLICATE KEY UPDATE, IS DISTINCT FROM
    if (before === 'FOR' || before === 'KEY' || (before === 'DISTINCT' && text.toUpperCase() === 'FROM')) continue
    for (const name of namesAfter(tokens, i + 1)) {
      if (name.schema === null && defined.has(name.table.toLowerCase())) continue
      if (found.size < mostTables) found.set(nameText(name), name)
    }
  }
  return [...found.values()]
}

/** `a`, `db.a`, and the list after FROM: `a, b AS x, c`. */
function namesAfter(tokens: readonly SqlToken[], from: number): TableName[] {
  const names: TableName[] = []
  let i = from
  while (tokens[i]?.kind === 'word' && skipped.has(wordAt(tokens, i))) i++
  for (;;) {
    const one = identifier(tokens[i])
    if (one === null) return names
    const two = tokens[i + 1]?.text === '.' ? identifier(tokens[i + 2]) : null
    i += two === null ? 1 : 3
    // a function's result is no table: FROM seq(1), INSERT's column list comes after INTO t
    if (tokens[i]?.text === '(' && wordAt(tokens, from - 1) !== 'INTO') return names
    names.push(two === null ? { schema: null, table: one } : { schema: one, table: two })
    if (wordAt(tokens, i) === 'AS') i++
    if (identifier(tokens[i]) !== null && tokens[i + 1]?.text === ',') i++
    if (tokens[i]?.text !== ',') return names
    i++
  }
}

function identifier(token: SqlToken | undefined): string | null {
  if (token === undefined) return null
  if (token.kind === 'name') return token.text.slice(1, -1).replaceAll('``', '`')
  if (token.kind !== 'word' || reserved.has(token.text.toUpperCase()) || /^\d+$/.test(token.text)) return null
  return token.text
}

/** Names that WITH defines: `x AS (`. */
function commonTables(tokens: readonly SqlToken[]): Set<string> {
  const names = new Set<string>()
  if (!tokens.some((_, i) => wordAt(tokens, i) === 'WITH')) return names
  for (let i = 0; i < tokens.length; i++) {
    if (wordAt(tokens, i) !== 'AS' || tokens[i + 1]?.text !== '(') continue
    let before = i - 1
    if (tokens[before]?.text === ')') {
      while (before > 0 && tokens[before]?.text !== '(') before--
      before--
    }
    const name = identifier(tokens[before])
    if (name !== null) names.add(name.toLowerCase())
  }
  return names
}

function wordAt(tokens: readonly SqlToken[], index: number): string {
  const token = tokens[index]
  return token?.kind === 'word' ? token.text.toUpperCase() : ''
}

/** `` `shop`.`orders` `` */
export function nameText({ schema, table }: TableName): string {
  return schema === null ? quotedName(table) : `${quotedName(schema)}.${quotedName(table)}`
}
