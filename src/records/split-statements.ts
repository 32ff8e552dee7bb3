/** Several statements in one text, at the semicolons that stand neither in a string, a quoted name, nor a comment. */

/** Strings and quoted names with their doubled quotes and, but for names, backslashes; comments to their end. */
const passed = /'(?:[^'\\]|\\[^]|'')*'|"(?:[^"\\]|\\[^]|"")*"|`[^`]*`|\/\*[^]*?\*\/|(?:--(?=\s|$)|#)[^\n]*|;/g

export function splitStatements(text: string): string[] {
  const statements: string[] = []
  let from = 0
  for (const { 0: token, index } of text.matchAll(passed)) {
    if (token !== ';') continue
    statements.push(text.slice(from, index))
    from = index + 1
  }
  statements.push(text.slice(from))
  return statements.map((each) => each.trim()).filter(holdsMore)
}

/** More than comments: what holds nothing else is no statement. */
function holdsMore(statement: string): boolean {
  return statement.replace(/\/\*(?!!)[^]*?\*\/|(--(\s|$)|#).*/g, '').trim() !== ''
}
