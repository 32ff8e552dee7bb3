/** The general log shows an execution as its text with the parameters filled in: whether those are the ones that were captured. */
import type { RecordParameter } from '../../src/record.ts'

const literal =
  /NULL|DEFAULT|IGNORE|[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?|(?:_binary\s*|TIMESTAMP|TIME|DATE)?'((?:[^'\\]|\\[^]|'')*)'|x'([0-9a-f]*)'/giy

const latin1 = (text: string) => Buffer.from(text, 'utf8').toString('latin1')

/** @param logged Latin-1, as server-log.ts reads it */
export function isFilled(statement: string, parameters: readonly RecordParameter[], logged: string): boolean {
  const parts = latin1(statement).split('?')
  if (parts.length !== parameters.length + 1 || !logged.startsWith(parts[0] ?? '')) return false
  let at = parts[0]?.length ?? 0
  for (const [index, value] of parameters.entries()) {
    literal.lastIndex = at
    const found = literal.exec(logged)
    const next = parts[index + 1] ?? ''
    if (found === null || !isValue(value, found) || !logged.startsWith(next, literal.lastIndex)) return false
    at = literal.lastIndex + next.length
  }
  return at === logged.length
}

const escapes: Record<string, string> = { 0: '\0', n: '\n', r: '\r', t: '\t', b: '\b', Z: '\x1a' }

function unescaped(text: string): string {
  return text.replaceAll("''", "'").replace(/\\([^])/g, (_, letter: string) => escapes[letter] ?? letter)
}

function isValue(value: RecordParameter, [whole, quoted, hex]: RegExpExecArray): boolean {
  if (value === null) return whole.toUpperCase() === 'NULL'
  const text =
    quoted === undefined ? (hex === undefined ? whole : Buffer.from(hex, 'hex').toString('latin1')) : unescaped(quoted)
  if (typeof value === 'number') return Number(text) === value || Math.fround(Number(text)) === Math.fround(value)
  if (typeof value === 'string') return text === latin1(value) || isTime(value, text) || isNumber(value, text)
  if ('text' in value) return text.length === value.bytes && text.startsWith(latin1(value.text))
  if ('hex' in value)
    return text.length === value.bytes && Buffer.from(text, 'latin1').toString('hex').startsWith(value.hex)
  return 'keyword' in value && whole.toUpperCase() === value.keyword
}

/** The log writes all six decimals of a second, or none, and a date with or without its time. */
function isTime(value: string, text: string): boolean {
  const shortest = (each: string) =>
    each
      .replace(/(\.\d*?)0+$/, '$1')
      .replace(/\.$/, '')
      .replace(/ 00:00:00$/, '')
  return /^-?\d+[-:]\d\d[-:]\d\d/.test(value) && shortest(value) === shortest(text)
}

/** A decimal may be sent as `0.12e2`. */
function isNumber(value: string, text: string): boolean {
  return /^-?[\d.]+(e-?\d+)?$/i.test(value) && text !== '' && Number(value) === Number(text)
}
