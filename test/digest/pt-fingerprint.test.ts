/**
 * Fingerprints and ids as pt-query-digest has them: `pt-fingerprints.json` holds what Debian's percona-toolkit 3.2.1 gave
 * for each query; where the tool is installed it is asked again, and for random statements too.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { z } from 'zod'
import { ptDigestOf } from '../../src/digest/pt-fingerprint.ts'
import { StatementSplitter } from '../../src/digest/statement-splitter.ts'

const encoder = new TextEncoder()
const tool = '/usr/bin/pt-query-digest'

const kept = z
  .array(z.object({ query: z.string(), fingerprint: z.string(), id: z.string() }))
  .parse(JSON.parse(readFileSync('test/digest/pt-fingerprints.json', 'utf8')))

void t.test('a statement has the fingerprint and the id that pt-query-digest gave it', async (t) => {
  t.ok(kept.length >= 25)
  for (const { query, fingerprint, id } of kept) t.same(ptDigestOf(encoder.encode(query)), { fingerprint, id }, query)
})

void t.test('two backslashes are one, and do not hide the quote behind them', async (t) => {
  t.equal(ptDigestOf(encoder.encode("select '\\\\' from foo")).fingerprint, 'select ? from foo')
})

void t.test('a text without an end to its quotes or comments, or of nothing but them, takes no time', async (t) => {
  for (const part of ['/*', "'", '#', '--', '(', 'select ', ' union ', 'values (', '\\', ' asc ']) {
    t.ok(ptDigestOf(encoder.encode(part.repeat(20_000))).id.length === 32, part)
  }
})

/** @returns pt-query-digest's own fingerprints of these queries */
function asked(queries: Uint8Array[]): string[] {
  const program = `require "${tool}"; my $rewriter = QueryRewriter->new();
    while (my $line = <STDIN>) { chomp $line; print unpack("H*", $rewriter->fingerprint(pack("H*", $line))), "\\n" }`
  const input = `${queries.map((query) => Buffer.from(query).toString('hex')).join('\n')}\n`
  const { stdout, status, stderr } = spawnSync('/usr/bin/perl', ['-e', program], { input, encoding: 'utf8' })
  if (status !== 0) throw new Error(`pt-query-digest: ${stderr}`)
  return stdout.split('\n').map((line) => Buffer.from(line, 'hex').toString())
}

const absent = existsSync(tool) ? false : `${tool} is not installed (Debian package percona-toolkit)`

void t.test(
  'pt-query-digest itself gives the same for statements put together at random',
  { skip: absent },
  async (t) => {
    const words =
      "select |SELECT |a|t2|b.c|`x`| from | where |=|5|-1|0xFF|1e5|'a'|'it''s'|'a\\'b'|\"d\"| union | union all |select 1| in (1,2)| IN ((1,2),(3,4))" +
      '| values (1,2),(3,4)|VALUES(|insert into t |(|)|,|, |null| NULL |true|/* c */|/*! v 5 */|/**/|-- x\n|#y\n|\n|\t| limit 5| limit 5, 10| order by a asc' +
      "| ASC|use db|call f(|é|/*a.b:1/2*/|--|#|'|\"|;|\r\n|x'ff'|+|.5| as "
    const statement = fc.array(fc.constantFrom(...words.split('|')), { maxLength: 14 }).map((parts) => parts.join(''))
    const queries = [...kept.map(({ query }) => query), ...fc.sample(statement, 2000)].map((text) =>
      encoder.encode(text),
    )
    const theirs = asked(queries)
    for (const [index, query] of queries.entries()) {
      const { fingerprint } = ptDigestOf(query)
      if (fingerprint !== theirs[index]) t.equal(fingerprint, theirs[index], new TextDecoder().decode(query))
    }
    t.ok(theirs.length > queries.length)
  },
)

const directory = process.env['QUERYTAP_PERCONA_CAPTURES']
const unset = directory === undefined ? 'QUERYTAP_PERCONA_CAPTURES names no directory with fingerprints.json' : false

void t.test("the cases of pt-query-digest's own tests", { skip: unset }, async (t) => {
  const options = z.object({
    match_embedded_numbers: z.boolean().optional(),
    match_md5_checksums: z.boolean().optional(),
  })
  const cases = z
    .array(z.object({ query: z.string(), fingerprint: z.string(), options: options.default({}) }))
    .parse(JSON.parse(readFileSync(join(directory ?? '', 'fingerprints.json'), 'utf8')))
  for (const { query, fingerprint, options: given } of cases) {
    const embeddedNumbers = given.match_embedded_numbers ?? false
    const md5Checksums = given.match_md5_checksums ?? false
    const of = (sql: Uint8Array) => ptDigestOf(sql, { embeddedNumbers, md5Checksums }).fingerprint
    const found: string[] = []
    // a case that begins as a slow log does is a file, of which the semicolon is no part
    if (query.startsWith('# ')) {
      const splitter = new StatementSplitter(0, (sql) => found.push(of(sql)))
      splitter.push(encoder.encode(query))
      splitter.end()
    } else found.push(of(encoder.encode(query)))
    t.same(found, [fingerprint], query)
  }
})
