/** `querytap digest [SQL…]`: the digest of each statement, and the id and fingerprint that pt-query-digest gives it. */
import { z } from 'zod'
import { Digests } from '../digest/digests.ts'
import { ptDigestOf } from '../digest/pt-fingerprint.ts'
import { sqlMode } from '../../parsers/mysql/sql-mode.ts'
import { StatementSplitter } from '../digest/statement-splitter.ts'
import { summaryOf } from '../digest/summary.ts'
import { SqlReader } from '../redaction/redacted-sql.ts'
import { printable } from '../report/figures.ts'
import { jsonOption } from '../store/store-option.ts'
import { command } from './command.ts'

const modeNames = ['ANSI_QUOTES', 'NO_BACKSLASH_ESCAPES'] as const satisfies (keyof typeof sqlMode)[]

const options = z.object({
  sql: z
    .array(z.string())
    .default([])
    .describe(
      'Statements; without any, standard input is read, where a semicolon at the end of a line ends a statement',
    ),
  mode: z
    .enum(['querytap', 'pt'])
    .default('querytap')
    .describe('querytap: all that is known; pt: id and fingerprint as pt-query-digest has them'),
  'sql-mode': z
    .array(z.enum(modeNames))
    .default([])
    .describe(`How the server reads SQL: ${modeNames.join(', ')}; repeatable`),
  'match-embedded-numbers': z.boolean().default(false).describe('As of pt-fingerprint: digits inside names stay'),
  'match-md5-checksums': z.boolean().default(false).describe('As of pt-fingerprint: MD5 sums inside names are folded'),
  ...jsonOption,
})

type Given = z.output<typeof options>

export const digest = command({
  usage: 'digest [sql..]',
  describe: 'print the digest, the pt-query-digest id and the summary of statements',
  options,
  run: async (given) => {
    const mode = given['sql-mode'].reduce((bits, name) => bits | sqlMode[name], 0)
    const print = printer(given, mode)
    if (given.sql.length > 0) {
      for (const sql of given.sql) print(new TextEncoder().encode(sql))
      return 0
    }
    const splitter = new StatementSplitter(mode, print)
    for await (const chunk of process.stdin) splitter.push(chunk as Uint8Array) // no encoding is set: bytes
    splitter.end()
    return 0
  },
})

function printer(given: Given, mode: number): (statement: Uint8Array) => void {
  const digests = new Digests()
  const reader = new SqlReader()
  const ptOptions = { embeddedNumbers: given['match-embedded-numbers'], md5Checksums: given['match-md5-checksums'] }
  return (statement) => {
    const pt = ptDigestOf(statement, ptOptions)
    if (given.mode === 'pt') {
      const line = given.json
        ? JSON.stringify({ ptId: pt.id, ptFingerprint: pt.fingerprint })
        : `${pt.id}  ${printable(pt.fingerprint)}`
      process.stdout.write(`${line}\n`)
      return
    }
    const { id, text } = digests.ofSql(statement, mode)
    reader.read(statement, mode)
    const { tags } = reader
    const summary = summaryOf(text)
    const found = { digest: id, digestText: text, ptId: pt.id, ptFingerprint: pt.fingerprint, summary, tags }
    process.stdout.write(given.json ? `${JSON.stringify(found)}\n` : textOf(found))
  }
}

interface Found {
  digest: string
  digestText: string
  ptId: string
  ptFingerprint: string
  summary: string
  tags: Record<string, string> | null
}

function textOf({ digest: id, digestText, ptId, ptFingerprint, summary, tags }: Found): string {
  const lines = [
    `${id}  ${digestText}`,
    `  pt       ${ptId}  ${ptFingerprint}`,
    `  summary  ${summary}`,
    ...Object.entries(tags ?? {}).map(([key, value]) => `  tag      ${key} = ${value}`),
  ]
  return `${lines.map(printable).join('\n')}\n`
}
