/**
 * A peer's own captures with what its tests expect. Their licence (GPL-2) keeps them out of this repository: the test runs
 * where QUERYTAP_PERCONA_CAPTURES names the directory that holds `expected.json`, and elsewhere says that it did not.
 * percona-captures.md beside this file explains each difference.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { z } from 'zod'
import { querytap } from '../cli/querytap.ts'

const eventSchema = z.object({
  kind: z.string(),
  statement: z.string().optional(),
  arg: z.string(),
  Query_time: z.number(),
  Rows_affected: z.number(),
  Warning_count: z.number(),
  No_index_used: z.string(),
  No_good_index_used: z.string(),
  Thread_id: z.number().nullable(),
  Error_no: z.number().optional(),
  Error_msg: z.string().optional(),
  db: z.string().nullable(),
  user: z.string().nullable(),
  ip: z.string(),
  port: z.number(),
  ts_epoch_us: z.number(),
})

const expectedSchema = z.object({
  samples: z.record(
    z.string(),
    z.object({
      pcap: z.string(),
      pcap_fixseq: z.string().nullable(),
      cases: z.array(z.object({ server: z.string().nullable(), events: z.array(eventSchema) })),
    }),
  ),
})

const endSchema = z.object({ address: z.string(), port: z.number() })
const recordSchema = z.object({
  startedAt: z.string(),
  durationNs: z.number().nullable(),
  firstByteNs: z.number().nullable(),
  status: z.string().nullable(),
  client: endSchema,
  server: endSchema,
  command: z.string(),
  statement: z.string().nullable(),
  parameters: z.array(z.unknown()).nullish(),
  user: z.string().nullable(),
  database: z.string().nullable(),
  connectionId: z.number().nullable(),
  rowsAffected: z.number().nullable(),
  warnings: z.number().nullable(),
  noIndexUsed: z.boolean().nullable(),
  noGoodIndexUsed: z.boolean().nullable(),
  errorCode: z.number().nullable(),
  errorMessage: z.string().nullable(),
})

type Expected = z.output<typeof eventSchema>
type Found = z.output<typeof recordSchema>

const commands: Record<string, string> = {
  query: 'COM_QUERY',
  connect: 'COM_CONNECT',
  quit: 'COM_QUIT',
  ping: 'COM_PING',
  init_db: 'COM_INIT_DB',
  statistics: 'COM_STATISTICS',
  prepare: 'COM_STMT_PREPARE',
  execute: 'COM_STMT_EXECUTE',
  close: 'COM_STMT_CLOSE',
  reset: 'COM_STMT_RESET',
}

/** Microseconds since 1970. */
function micros(text: string): number {
  const seconds = Date.parse(`${text.slice(0, 19)}Z`) * 1000
  return seconds + Number(text.slice(20, 26))
}

/** The prepared text with its values where it has question marks, as the peer writes it. */
function withValues({ statement, parameters }: Found): string | null {
  let next = 0
  return (
    statement?.replace(/\?/g, (mark) => {
      const value = parameters?.[next++]
      if (value === undefined) return mark
      if (value === null) return 'NULL'
      return typeof value === 'string' ? `"${value}"` : JSON.stringify(value)
    }) ?? null
  )
}

/** When the peer's event ends: at the first packet of the reply, at a login's last, or at the command where none comes. */
function endsAt({ startedAt, firstByteNs, durationNs, command }: Found): number {
  const took = command === 'COM_CONNECT' ? durationNs : firstByteNs
  return micros(startedAt) + Math.round((took ?? 0) / 1000)
}

/** What differs between an event and its record. */
function differences(expected: Expected, found: Found): string[] {
  const different: string[] = []
  const compare = (field: string, wanted: unknown, got: unknown) => {
    if (wanted !== got) different.push(`${field}: ${JSON.stringify(got)} where it has ${JSON.stringify(wanted)}`)
  }
  if (expected.kind === 'query' || expected.kind === 'prepare') {
    compare('statement', expected.statement ?? expected.arg, found.statement)
  }
  if (expected.kind === 'execute') compare('statement', expected.statement, withValues(found))
  if (found.firstByteNs !== null && expected.kind !== 'connect')
    compare('time', Math.round(expected.Query_time * 1e6), Math.round(found.firstByteNs / 1000))
  if (found.rowsAffected !== null) compare('rows affected', expected.Rows_affected, found.rowsAffected)
  if (found.warnings !== null) compare('warnings', expected.Warning_count, found.warnings)
  if (found.noIndexUsed !== null) compare('no index', expected.No_index_used === 'Yes', found.noIndexUsed)
  if (found.noGoodIndexUsed !== null)
    compare('no good index', expected.No_good_index_used === 'Yes', found.noGoodIndexUsed)
  compare('error', expected.Error_no ?? null, found.errorCode)
  if (expected.Error_no !== undefined) compare('message', expected.Error_msg, found.errorMessage)
  compare('connection id', expected.Thread_id, found.connectionId)
  compare('user', expected.user, found.user)
  compare('schema', expected.db === '' ? null : expected.db, found.database)
  return different
}

/** What was not found, differs, or is there beyond what is expected: each a line. */
function compared(events: readonly Expected[], records: readonly Found[]): string[] {
  const left = [...records]
  const lines: string[] = []
  for (const event of events) {
    const at = left.findIndex(
      (record) =>
        record.command === commands[event.kind] &&
        record.client.port === event.port &&
        record.client.address === event.ip &&
        Math.abs(endsAt(record) - event.ts_epoch_us) <= 1,
    )
    const [found] = at < 0 ? [] : left.splice(at, 1)
    if (found === undefined) lines.push(`missing: ${event.kind} ${event.arg.slice(0, 40)}`)
    else for (const each of differences(event, found)) lines.push(`${event.kind} ${event.arg.slice(0, 20)}: ${each}`)
  }
  for (const { command, status, statement } of left) {
    lines.push(`more: ${command} ${String(status)} ${statement?.slice(0, 40) ?? ''}`.trimEnd())
  }
  return lines
}

/** By capture, what its lines may be; each is met. percona-captures.md says why. */
const explained: Record<string, RegExp[]> = {
  'tcpdump-1402776.txt': [/^more: COM_QUERY unfinished DROP SCHEMA IF EXISTS/],
  'tcpdump008.txt': [/^(query|quit) [^]*: schema: "bcal" where it has null$/],
  'tcpdump009.txt': [/^more: COM_CONNECT unfinished$/],
  'tcpdump011.txt': [
    /: schema: "bcal" where it has null$/,
    /: time: 18756 where it has 18745$/,
    /: time: 265583 where/,
  ],
  'tcpdump013.txt': [/^more: COM_QUERY unfinished show databases$/],
  'tcpdump019.txt': [/: time: 619 where it has 537$/],
  'tcpdump031.txt': [/: time: 463 where it has 430$/],
  'tcpdump032.txt': [/^missing: query UPDATEDDDDNNNN$/, /^more: COM_QUERY unfinished UPDATEDDDD/],
  'tcpdump037.txt': [
    /^missing: query select "paris/,
    /^more: COM_QUERY null select/,
    /^more: COM_QUERY unfinished select/,
  ],
  'tcpdump038.txt': [/: time: 619 where it has 537$/],
  'tcpdump042.txt': [/^missing: connect /],
  'tcpdump044.txt': [/^missing: connect /],
}

t.setTimeout(600_000)
const directory = process.env['QUERYTAP_PERCONA_CAPTURES'] ?? ''
const expectedPath = join(directory, 'expected.json')

if (directory === '' || !existsSync(expectedPath)) {
  const reason = `QUERYTAP_PERCONA_CAPTURES ${directory === '' ? 'is not set' : `has no ${expectedPath}`}`
  process.stderr.write(
    `percona: its captures were not compared: ${reason}; their licence keeps them out of this repository\n`,
  )
  void t.test("the peer's captures", { skip: reason }, (t) => t.end())
} else {
  const { samples } = expectedSchema.parse(JSON.parse(readFileSync(expectedPath, 'utf8')))
  for (const [name, { pcap, pcap_fixseq, cases }] of Object.entries(samples)) {
    void t.test(name, (t) => {
      const { code, stdout, stderr } = querytap(
        'replay',
        '--slow',
        '0',
        '--json',
        '--keep-literals',
        join(directory, pcap_fixseq ?? pcap),
      )
      t.equal(code, 0, stderr)
      const records = stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => recordSchema.parse(JSON.parse(line)))
      const found: string[] = []
      for (const { server, events } of cases) {
        const there =
          cases.length === 1 ? records : records.filter((each) => server === null || each.server.address === server)
        found.push(...compared(events, there))
      }
      const reasons = explained[name] ?? []
      t.strictSame(
        found.filter((line) => !reasons.some((reason) => reason.test(line))),
        [],
      )
      for (const reason of reasons)
        t.ok(
          found.some((line) => reason.test(line)),
          `still so: ${reason.source}`,
        )
      t.end()
    })
  }
}
