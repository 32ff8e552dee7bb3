/**
 * Which schema a statement changes to: `USE name`, by itself or among several statements, and which it drops. It is read from the text, for
 * only servers and clients with CLIENT_SESSION_TRACK tell it in the answer. Whatever the text is, each character is looked at a few times only.
 */

const quotedName = /`((?:[^`]|``)+)`/y
/** A name where the SQL mode is ANSI_QUOTES; else no statement that succeeds. */
const ansiName = /"((?:[^"]|"")+)"/y
const plainName = /[\w$\u0080-\uffff]+/y
const useWord = /use(?![\w$\u0080-\uffff])/iy

/** @returns null where it is no such statement */
export function schemaOfUse(text: string): string | null {
  const at = behindBlank(text, 0)
  if (at === undefined) return null
  useWord.lastIndex = at
  if (!useWord.test(text)) return null
  const name = behindBlank(text, useWord.lastIndex)
  const schema = name === undefined ? null : nameAt(text, name)
  if (schema === null) return null
  const end = behindBlank(text, schema.end)
  if (end === undefined) return null
  const last = text[end] === ';' ? behindBlank(text, end + 1) : end
  return last === text.length ? schema.name : null
}

function nameAt(text: string, at: number): { name: string; end: number } | null {
  quotedName.lastIndex = ansiName.lastIndex = plainName.lastIndex = at
  const quoted = quotedName.exec(text)?.[1]
  if (quoted !== undefined) return { name: quoted.replaceAll('``', '`'), end: quotedName.lastIndex }
  const ansi = ansiName.exec(text)?.[1]
  if (ansi !== undefined) return { name: ansi.replaceAll('""', '"'), end: ansiName.lastIndex }
  const plain = plainName.exec(text)?.[0]
  return plain === undefined ? null : { name: plain, end: plainName.lastIndex }
}

/** @returns offset behind white space and comments; undefined where a comment does not end */
function behindBlank(text: string, from: number): number | undefined {
  let at = from
  while (at < text.length) {
    const comment = endOfComment(text, at)
    if (comment === undefined) return undefined
    if (comment > at) at = comment
    else if (text.charCodeAt(at) <= 0x20) at++
    else break
  }
  return at
}

/** @returns offset behind the comment at `at`; `at` where there is none, or one that servers execute; undefined where it does not end */
function endOfComment(text: string, at: number): number | undefined {
  const first = text[at]
  if (first === '/' && text[at + 1] === '*') {
    if (text[at + 2] === '!' || text.startsWith('M!', at + 2)) return at
    const end = text.indexOf('*/', at + 2)
    return end < 0 ? undefined : end + 2
  }
  const isLine = first === '#' || (first === '-' && text[at + 1] === '-' && !(text.charCodeAt(at + 2) > 0x20))
  if (!isLine) return at
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end + 1
}

const drop = /drop\s+(?:database|schema)\s+(?:if\s+exists\s+)?(?:`((?:[^`]|``)+)`|([^\s;`]+))/iy

/** @returns the schema that a statement drops: whoever is in it is in none then; null where it drops none */
export function schemaDropped(text: string): string | null {
  const at = behindBlank(text, 0)
  if (at === undefined) return null
  drop.lastIndex = at
  const match = drop.exec(text)
  if (match === null) return null
  return match[1]?.replaceAll('``', '`') ?? match[2] ?? null
}

const execute = /execute\s+(?:immediate\s+(?:'([^'\\]*)'|"([^"\\]*)")\s*;?\s*$)?/iy

/** @returns the schema that an EXECUTE changes to; null: it changes none, or it is no EXECUTE; undefined: the text does not tell what it runs */
export function schemaOfExecute(text: string): string | null | undefined {
  const at = behindBlank(text, 0)
  if (at === undefined) return null
  execute.lastIndex = at
  const match = execute.exec(text)
  if (match === null) return null
  const run = match[1] ?? match[2]
  return run === undefined ? undefined : schemaOfUse(run)
}

const anyUse = /\b(?:use|execute)\b/i

/** @returns the schema that the last USE among several statements changes to; null where there is none; undefined where the text does not tell */
export function schemaOfStatements(text: string): string | null | undefined {
  if (!anyUse.test(text)) return null
  let schema: string | null | undefined = null
  let start = 0
  let at = 0
  while (at < text.length) {
    const next = behindPart(text, at)
    // a quote or a comment that does not end: where the next statement begins is not known
    if (next === undefined) return anyUse.test(text.slice(start)) ? undefined : schema
    if (text[at] === ';') {
      schema = schemaBehind(text.slice(start, at), schema)
      start = next
    }
    at = next
  }
  return schemaBehind(text.slice(start), schema)
}

/** @param schema the one that statements before it changed to */
function schemaBehind(statement: string, schema: string | null | undefined): string | null | undefined {
  const executed = schemaOfExecute(statement)
  return executed === undefined ? undefined : (schemaOfUse(statement) ?? executed ?? schema)
}

/** @returns offset behind a character, or what holds a semicolon that ends nothing: a quoted string or name, a comment */
function behindPart(text: string, at: number): number | undefined {
  const first = text[at]
  if (first === "'" || first === '"') return behindQuoted(text, at, first)
  if (first === '`') {
    const end = text.indexOf('`', at + 1)
    return end < 0 ? undefined : end + 1
  }
  const comment = endOfComment(text, at)
  return comment === at ? at + 1 : comment
}

function behindQuoted(text: string, from: number, quote: string): number | undefined {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === quote) return at + 1
    if (text[at] === '\\') at++
  }
  return undefined
}
