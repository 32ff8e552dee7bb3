/** Several statements in one text, '' for an empty one between others, at the semicolons that stand neither in a string, a quoted name, nor a comment. */
import { sqlMode } from '../../parsers/mysql/sql-mode.ts'

/** Quotes are doubled in strings and names; in strings a backslash may stand in front of one. */
const single = { plain: "'(?:[^']|'')*'", escaped: String.raw`'(?:[^'\\]|\\[^]|'')*'` }
const double = { plain: '"(?:[^"]|"")*"', escaped: String.raw`"(?:[^"\\]|\\[^]|"")*"` }
/** Quoted names, and comments to their end. */
const others = String.raw`\`[^\`]*\`|\/\*[^]*?\*\/|(?:--(?=\s|$)|#)[^\n]*|;`

/** By the bits of the SQL mode: what is passed over whole. */
const passed = [0, 1, 2, 3].map((mode) => {
  const escapes = (mode & sqlMode.NO_BACKSLASH_ESCAPES) === 0
  const isString = (mode & sqlMode.ANSI_QUOTES) === 0
  const strings = [single[escapes ? 'escaped' : 'plain'], double[escapes && isString ? 'escaped' : 'plain']]
  return new RegExp([...strings, others].join('|'), 'g')
})

/** @param mode bits of {@link sqlMode} */
export function splitStatements(text: string, mode = 0): string[] {
  const statements: string[] = []
  let from = 0
  for (const { 0: token, index } of text.matchAll(passed[mode] ?? /;/g)) {
    if (token !== ';') continue
    statements.push(text.slice(from, index))
    from = index + 1
  }
  statements.push(text.slice(from))
  const trimmed = statements.map((each) => each.trim())
  // behind the last one, comments and semicolons are nothing
  while (trimmed.length > 0 && !holdsMore(trimmed.at(-1) ?? '')) trimmed.pop()
  return trimmed.map((each) => (holdsMore(each) ? each : ''))
}

/** More than comments: what holds nothing else is no statement. */
function holdsMore(statement: string): boolean {
  return statement.replace(/\/\*(?!!)[^]*?\*\/|(--(\s|$)|#).*/g, '').trim() !== ''
}
