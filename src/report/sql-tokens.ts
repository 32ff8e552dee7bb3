/** SQL text in tokens, as far as filling in parameters, naming tables and judging what is safe to paste need it. */

export interface SqlToken {
  /** `open`: a string, a quoted name or a comment that the text ends in. */
  kind: 'space' | 'word' | 'name' | 'string' | 'comment' | 'placeholder' | 'symbol' | 'open'
  text: string
}

type Patterns = readonly (readonly [SqlToken['kind'], RegExp])[]

/** Sticky, the first that fits wins. A doubled quote is no end. */
const patterns: Patterns = [
  ['space', /\s+/y],
  ['comment', /\/\*[^]*?\*\/|#[^\n]*|--(?=[\s\p{Cc}]|$)[^\n]*/uy],
  ['name', /`(?:[^`]|``)*`(?!`)/y],
  ['open', /(?:\/\*|[`'"])[^]*/y],
  ['word', /[\p{L}\p{N}_$]+/uy],
  ['placeholder', /\?/y],
  ['symbol', /[^]/uy],
]
const withBackslashes: Patterns = [['string', /'(?:[^'\\]|\\[^]|'')*'(?!')|"(?:[^"\\]|\\[^]|"")*"(?!")/y], ...patterns]
const withoutBackslashes: Patterns = [['string', /'(?:[^']|'')*'(?!')|"(?:[^"]|"")*"(?!")/y], ...patterns]

/** @param backslashes whether they escape in strings, as they do unless NO_BACKSLASH_ESCAPES is set */
export function sqlTokens(sql: string, backslashes = true): SqlToken[] {
  const tokens: SqlToken[] = []
  for (let at = 0; at < sql.length;) {
    for (const [kind, pattern] of backslashes ? withBackslashes : withoutBackslashes) {
      pattern.lastIndex = at
      const text = pattern.exec(sql)?.[0]
      if (text === undefined || text === '') continue
      tokens.push({ kind, text })
      at += text.length
      break
    }
  }
  return tokens
}
