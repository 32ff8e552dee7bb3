/** A parameter's value as an SQL literal that means the same in any sql_mode, or what is known of it where it is not whole. */
import type { RecordParameter } from '../record.ts'

export interface Literal {
  sql: string
  /** Null: the literal is the value. Else why it is not. */
  because: string | null
}

export function literalOf(value: RecordParameter): Literal {
  if (value === null) return whole('NULL')
  if (typeof value === 'number') return whole(String(value))
  if (typeof value === 'string') return whole(stringLiteral(value))
  if ('keyword' in value) {
    return value.keyword === 'DEFAULT'
      ? whole('DEFAULT')
      : { sql: '/* IGNORE */', because: 'a parameter is IGNORE, which has no literal' }
  }
  if ('omitted' in value) {
    return { sql: '/* not kept */', because: `${value.omitted} parameters were not kept for their size` }
  }
  if ('unknown' in value) return { sql: '/* not seen */', because: 'a parameter was not seen' }
  if ('text' in value) {
    return { sql: `${stringLiteral(value.text)} /* cut: ${value.bytes} bytes */`, because: cutReason(value.bytes) }
  }
  if (value.hex.length === value.bytes * 2) return whole(`X'${value.hex}'`)
  return { sql: `X'${value.hex}' /* cut: ${value.bytes} bytes */`, because: cutReason(value.bytes) }
}

function whole(sql: string): Literal {
  return { sql, because: null }
}

function cutReason(bytes: number): string {
  return `only the beginning of a parameter of ${bytes} bytes was kept`
}

/** A backslash means one thing or the other by sql_mode, and a control character does not survive a terminal: those go as digits. */
export function stringLiteral(text: string): string {
  if (/[\\\p{Cc}]/u.test(text)) return `_utf8mb4 X'${Buffer.from(text, 'utf8').toString('hex')}'`
  return `'${text.replaceAll("'", "''")}'`
}

/** Always in backticks. */
export function quotedName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}
