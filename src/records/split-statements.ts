/** Several statements in one text, '' for an empty one between others, at the semicolons that stand neither in a string, a quoted name, nor a comment. */

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
  const trimmed = statements.map((each) => each.trim())
  // behind the last one, comments and semicolons are nothing
  while (trimmed.length > 0 && !holdsMore(trimmed.at(-1) ?? '')) trimmed.pop()
  return trimmed.map((each) => (holdsMore(each) ? each : ''))
}

/** More than comments: what holds nothing else is no statement. */
function holdsMore(statement: string): boolean {
  return statement.replace(/\/\*(?!!)[^]*?\*\/|(--(\s|$)|#).*/g, '').trim() !== ''
}
