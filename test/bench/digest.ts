/**
 * Digests of real statements, one core: from a text seen for the first time, and from one of known shape, beside looking at
 * each byte once, and beside the Perl of pt-query-digest (Debian's percona-toolkit) on the same statements.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Digests } from '../../src/digest/digests.ts'
import { SqlNormaliser } from '../../src/digest/sql-normaliser.ts'
import { median, ratio, type Row } from './table.ts'

const rounds = 7
const longest = 64 << 10

const rows = Array.from({ length: 2000 }, (_, i) => `(${i},'name ${i}',NULL,${i}.50,'2026-05-01 12:00:00')`)
const statements: Record<string, { text: (i: number) => string; count: number }> = {
  '35 bytes': { text: (i) => `SELECT c FROM sbtest1 WHERE id=${10_000 + i}`, count: 20_000 },
  '350 bytes': {
    text: (i) =>
      `SELECT o.id, o.total, c.name AS customer FROM orders o JOIN customers c ON c.id = o.customer_id ` +
      `LEFT JOIN shipments s ON s.order_id = o.id WHERE o.created_at >= '2026-05-${10 + (i % 20)} 00:00:00' AND ` +
      `c.country IN ('DE','FR','IT','ES') AND o.status <> 'cancelled' AND o.total > ${i}.50 ` +
      `GROUP BY o.id, o.total, c.name HAVING count(s.id) < 3 ORDER BY o.total DESC LIMIT 10, 20`,
    count: 4000,
  },
  '64 KiB': {
    text: (i) => `INSERT INTO items (id,name,note,price,at) VALUES (${i},'x',NULL,1,now()),${rows.join(',')}`,
    count: 40,
  },
}

/** Perl's own time for the fingerprints, without its start. */
const perl = String.raw`
  require shift; use Time::HiRes 'clock';
  my $rewriter = QueryRewriter->new(QueryParser => QueryParser->new);
  open my $in, '<', shift or die; local $/ = "\0"; my @all = <$in>; chomp @all;
  my $began = clock(); $rewriter->fingerprint($_) for @all;
  printf "%.0f", (clock() - $began) * 1e9 / @all;`

function nsEach(count: number, run: () => void): number {
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    const began = process.cpuUsage()
    run()
    const { user, system } = process.cpuUsage(began)
    times.push(((user + system) * 1000) / count)
  }
  return median(times)
}

function perlNs(texts: string[]): number | null {
  const directory = mkdtempSync(join(tmpdir(), 'querytap-bench-'))
  try {
    const file = join(directory, 'statements')
    writeFileSync(file, texts.join('\0'))
    const { stdout, status } = spawnSync('perl', ['-e', perl, '/usr/bin/pt-query-digest', file], { encoding: 'utf8' })
    return status === 0 ? Number(stdout) : null
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

export function digest(): Row[] {
  return Object.entries(statements).flatMap(([size, { text, count }]) => {
    const texts = Array.from({ length: count }, (_, i) => text(i).slice(0, longest))
    const bytes = texts.map((each) => new TextEncoder().encode(each))
    let sum = 0
    const scan = nsEach(count, () => {
      for (const each of bytes) for (let i = 0; i < each.length; i++) sum += each[i] ?? 0
    })
    if (sum === 0) throw new Error('nothing was scanned')
    const normaliser = new SqlNormaliser()
    const fresh = nsEach(count, () => {
      for (const each of bytes) normaliser.normalise(each, each.length, 0, false, null)
    })
    const digests = new Digests()
    const known = nsEach(count, () => {
      for (const each of bytes) digests.ofSql(each)
    })
    const pt = perlNs(texts)
    return [
      [`${size}: each byte looked at, nothing else`, `${scan.toFixed(0)} ns`],
      [`${size}: digest of a first statement`, `${fresh.toFixed(0)} ns`],
      [
        `${size}: digest of a statement whose shape is known`,
        `${known.toFixed(0)} ns, ${ratio(known, scan)} × the look`,
      ],
      [`${size}: pt-query-digest's fingerprint`, pt === null ? 'not installed' : `${pt.toFixed(0)} ns`],
      [
        `${size}: pt's to the first's, to a known shape's`,
        pt === null ? '-' : `${ratio(pt, fresh)}, ${ratio(pt, known)}`,
      ],
    ]
  })
}
