/**
 * Which schema a statement changes to: `USE name`, by itself or among several statements, and which it drops. It is read from the text, for
 * only servers and clients with CLIENT_SESSION_TRACK tell it in the answer.
 */

const use = /^(?:\s|\/\*(?!!)[^]*?\*\/|--\s[^\n]*\n|#[^\n]*\n)*use\s*(?:`((?:[^`]|``)+)`|(?<=\s)([^\s;`]+))\s*;?\s*$/i

/** @returns null where it is no such statement */
export function schemaOfUse(text: string): string | null {
  const match = use.exec(text)
  if (match === null) return null
  return match[1]?.replaceAll('``', '`') ?? match[2] ?? null
}

const drop = /^\s*drop\s+(?:database|schema)\s+(?:if\s+exists\s+)?(?:`((?:[^`]|``)+)`|([^\s;`]+))/i

/** @returns the schema that a statement drops: whoever is in it is in none then; null where it drops none */
export function schemaDropped(text: string): string | null {
  const match = drop.exec(text)
  if (match === null) return null
  return match[1]?.replaceAll('``', '`') ?? match[2] ?? null
}

/** Quoted strings, names and comments, in which a semicolon ends nothing. */
const statementPart = /'(?:[^'\\]|\\[^])*'|"(?:[^"\\]|\\[^])*"|`[^`]*`|\/\*[^]*?\*\/|--\s[^\n]*|#[^\n]*|(;)|[^]/g

/** @returns the schema that the last USE among several statements changes to; null where there is none */
export function schemaOfStatements(text: string): string | null {
  let schema: string | null = null
  let start = 0
  for (const match of text.matchAll(statementPart)) {
    if (match[1] === undefined) continue
    schema = schemaOfUse(text.slice(start, match.index)) ?? schema
    start = match.index + 1
  }
  return schemaOfUse(text.slice(start)) ?? schema
}
