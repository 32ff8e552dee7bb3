/**
 * The fingerprint that pt-query-digest 3 makes of a statement, and its id, so that people find their old ids again. Faults
 * included: they are part of the id. The text is read as bytes, one character each, as pt-query-digest reads it. Releases
 * differ in one thing, two backslashes before a quote: here they are one, as in those since 2024, and the quote is a quote.
 */
import { createHash } from 'node:crypto'

/** The options of pt-fingerprint. */
export interface PtOptions {
  /** Digits inside names stay (`--match-embedded-numbers`). */
  embeddedNumbers?: boolean
  /** MD5 sums inside names are folded (`--match-md5-checksums`). */
  md5Checksums?: boolean
}

export interface PtDigest {
  /** 32 hexadecimal digits, as pt-query-digest 3 prints them behind `0x`; PMM shows the last 16. */
  id: string
  fingerprint: string
}

export function ptDigestOf(sql: Uint8Array, options: PtOptions = {}): PtDigest {
  const fingerprint = Buffer.from(fingerprintOf(Buffer.from(sql).toString('latin1'), options), 'latin1')
  return {
    id: createHash('md5').update(fingerprint).digest('hex').toUpperCase(),
    fingerprint: fingerprint.toString('utf8'),
  }
}

function fingerprintOf(sql: string, { embeddedNumbers = false, md5Checksums = false }: PtOptions): string {
  const named = ofKnownTool(sql)
  if (named !== null) return named
  let text = withoutLineComments(withoutComments(withOneRow(sql)))
  const use = /^use [^\t\n\v\f\r ]+(\n?)$/i.exec(text)
  if (use !== null) return `use ?${use[1]}`
  text = text
    .replaceAll(/(?:\\\\)*\\["']|(?:\\\\)+(?=["'])/g, '')
    .replaceAll(/"[^"]*"/g, '?')
    .replaceAll(/'[^']*'/g, '?')
    .replaceAll(/\b(?:true|false)\b/gi, '?')
  if (md5Checksums) text = text.replaceAll(/([._-])[0-9a-f]{32}/g, '$1?')
  const number = embeddedNumbers ? /\b[\d+-][\da-fx.+-]*/g : /[\d+-][\da-fx.+-]*/g
  text = text.replaceAll(number, '?').replaceAll(md5Checksums ? /[xb+-]\?/g : /[xb.+-]\?/g, '?')
  text = text
    .replace(/^[\t\n\v\f\r ]+/, '')
    .replace(/\n$/, '')
    .replaceAll(/[ \n\t\r\f]+/g, ' ')
    .replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase())
    .replaceAll(/\bnull\b/g, '?')
    .replaceAll(/\b(in|values?)(?:[ \v,]*\([ \v?,]*\))+/g, '$1(?+)')
  text = foldUnions(text).replace(/\blimit \?(?:, ?\?| offset \?)?/, 'limit ?')
  return withoutAscending(text)
}

function ofKnownTool(sql: string): string | null {
  if (sql.startsWith('SELECT /*!40001 SQL_NO_CACHE */ * FROM `')) return 'mysqldump'
  if (/\/\*\w+\.\w+:\d\/\d\*\//.test(sql)) return 'percona-toolkit'
  if (sql.startsWith('administrator command: ')) return sql
  const call = /^[\t\n\v\f\r ]*(call[\t\n\v\f\r ]+[^\t\n\v\f\r ]+)\(/i.exec(sql)?.[1]
  return call === undefined ? null : call.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

/** Of an INSERT, all behind the first row is left out. */
function withOneRow(sql: string): string {
  const into = /^(?:INSERT|REPLACE)(?: IGNORE)?[\t\n\v\f\r ]+INTO/i.exec(sql)
  if (into === null) return sql
  const values = /VALUES[\t\n\v\f\r ]*\(/gi
  values.lastIndex = into[0].length + 1
  if (values.exec(sql) === null) return sql
  const between = /\)[\t\n\v\f\r ]*,[\t\n\v\f\r ]*\(/g
  between.lastIndex = values.lastIndex
  const row = between.exec(sql)
  return row === null ? sql : sql.slice(0, row.index + 1)
}

/** Version comments stay. The character behind the opening is skipped, so that the end of an empty comment is not seen. */
function withoutComments(sql: string): string {
  let kept = ''
  let at = 0
  for (let open = sql.indexOf('/*'); open >= 0; open = sql.indexOf('/*', open)) {
    if (sql[open + 2] === '!') {
      open += 2
      continue
    }
    const close = sql.indexOf('*/', open + 3)
    if (close < 0) break
    kept += sql.slice(at, open)
    at = open = close + 2
  }
  return kept + sql.slice(at)
}

/** A comment has no quotes up to its line's end. */
function withoutLineComments(sql: string): string {
  return sql.replaceAll(/[^\r\n]+/g, (line) => {
    const quoted = Math.max(line.lastIndexOf("'"), line.lastIndexOf('"')) + 1
    const comment = line.slice(quoted).search(/--|#/)
    return comment < 0 ? line : line.slice(0, quoted + comment)
  })
}

/** A query and the unions with itself that follow become one. */
function foldUnions(text: string): string {
  if (!text.includes('union')) return text
  const unions = [...text.matchAll(/(?<=[ \v])union[ \v]/g)].map(({ index }) => index - 1)
  const select = /\bselect[ \v]/g
  let folded = ''
  let at = 0
  for (let match = select.exec(text); match !== null; match = select.exec(text)) {
    const { index } = match
    const end = unions.find(
      (each) => each >= select.lastIndex && repeatAt(text, each, text.slice(index, each)) !== null,
    )
    if (end === undefined) continue
    const query = text.slice(index, end)
    let last = end
    let joined = ''
    for (let next = repeatAt(text, last, query); next !== null; next = repeatAt(text, last, query)) {
      last = next.end
      joined = next.union
    }
    folded += `${text.slice(at, index)}${query} /*repeat${joined}*/`
    at = select.lastIndex = last
  }
  return folded + text.slice(at)
}

function repeatAt(text: string, at: number, query: string): { union: string; end: number } | null {
  const union = /[ \v]union(?:[ \v]all)?(?=[ \v])/y
  union.lastIndex = at
  const found = union.exec(text)?.[0]
  if (found === undefined || !text.startsWith(query, at + found.length + 1)) return null
  return { union: found, end: at + found.length + 1 + query.length }
}

/** Ascending is the default order. */
function withoutAscending(text: string): string {
  const order = /\border by /.exec(text)
  if (order === null) return text
  const begin = order.index + order[0].length
  const ascending = /(.+?)[ \v]+asc/y
  const tail = text.slice(begin)
  let kept = ''
  let at = 0
  for (let match = ascending.exec(tail); match !== null; match = ascending.exec(tail)) {
    kept += match[1]
    at = ascending.lastIndex
  }
  return text.slice(0, begin) + kept + tail.slice(at)
}
