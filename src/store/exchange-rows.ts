/** Stored exchanges: a record into a row, and a row back into the record it was. */
import type { Database, Statement } from 'better-sqlite3'
import { z } from 'zod'
import type { Digest } from '../digest/digest-table.ts'
import type { Endpoint, QuerytapRecord } from '../record.ts'
import { instantText } from '../records/instant.ts'
import type { StoreIdentities } from './identities.ts'

/** Why an exchange is stored in full. `sample`: the one example of a digest that was never slow; `finding`: the example of a finding. */
export type Kept = 'slow' | 'error' | 'unfinished' | 'sample' | 'finding'

export interface KeptExchange {
  record: QuerytapRecord
  digest: Digest
  kept: Kept
  /** Nanoseconds since 1970. */
  startedAt: bigint
}

const frameColumns =
  'protocol startedAt durationNs firstByteNs clock status dialled observed networkNs requestBytes responseBytes transport complete incompleteBecause'
const mysqlColumns =
  'user database serverVersion connectionId proxy programName clientName clientPid command statement statementBytes parameters' +
  ' parameterSets queryAttributes tags redacted rowsReturned rowsAffected lastInsertId warnings resultSets results' +
  ' noIndexUsed noGoodIndexUsed inTransaction autocommit gtids transactionState transactionCharacteristics sessionVariables' +
  ' errorCode sqlState errorMessage'
const httpColumns =
  'method path query host route statusCode httpVersion userAgent contentType requestBodyBytes responseBodyBytes proxy'
const joinColumns = 'run kept digest client clientPort clientPid server serverPid'

const recordFields = [...new Set(`${frameColumns} ${mysqlColumns} ${httpColumns}`.split(' '))]
const flags = new Set('complete redacted noIndexUsed noGoodIndexUsed inTransaction autocommit'.split(' '))
/** Kept as JSON text. */
const structured = new Set(
  'dialled proxy parameters queryAttributes tags results transactionState sessionVariables'.split(' '),
)
const absent = Object.fromEntries(recordFields.map((name) => [name, null]))

/** The column `clientPid` is the pid that the kernel saw. */
function columnOf(field: string): string {
  return field === 'clientPid' ? 'loginPid' : field
}

export class ExchangeRows {
  readonly #insert: Statement
  readonly #sampleOf: Statement
  readonly #remove: Statement
  readonly #identities: StoreIdentities

  constructor(database: Database, identities: StoreIdentities) {
    this.#identities = identities
    const columns = [...recordFields.map(columnOf), ...joinColumns.split(' ')]
    this.#insert = database.prepare(
      `INSERT INTO exchanges (${columns.join(', ')}) VALUES (${columns.map((name) => `@${name}`).join(', ')})`,
    )
    this.#sampleOf = database
      .prepare("SELECT id, durationNs, startedAt FROM exchanges WHERE digest = ? AND kept = 'sample'")
      .safeIntegers()
    this.#remove = database.prepare('DELETE FROM exchanges WHERE id = ?')
  }

  /** Of samples, each digest keeps one: the slower, or the newer when the old one is of another hour. */
  write(run: number, exchange: KeptExchange): void {
    const { record, digest, kept, startedAt } = exchange
    const digestId = this.#identities.digests.idOf({ digest, protocol: record.protocol })
    if (kept === 'sample' && !this.#makesRoom(digestId, record.durationNs ?? -1, startedAt)) return
    this.insert(run, exchange, digestId)
  }

  /** @returns its number */
  insert(run: number, { record, kept, startedAt }: KeptExchange, digestId: number): number | bigint {
    const { client, server } = record
    const values: Record<string, unknown> = { ...absent, ...record }
    const row = Object.fromEntries(recordFields.map((name) => [columnOf(name), stored(values[name])]))
    return this.#insert.run({
      ...row,
      startedAt,
      run,
      kept,
      digest: digestId,
      client: this.#identities.endpoints.idOf({ ...client, port: null }),
      clientPort: client.port,
      clientPid: client.pid,
      server: this.#identities.endpoints.idOf(server),
      serverPid: server.pid,
    }).lastInsertRowid
  }

  remove(id: number): void {
    this.#remove.run(id)
  }

  #makesRoom(digestId: number, durationNs: number, startedAt: bigint): boolean {
    const old = sampleRow.optional().parse(this.#sampleOf.get(digestId))
    if (old === undefined) return true
    const stale = startedAt - old.startedAt > freshNs
    if (!stale && Number(old.durationNs ?? -1n) >= durationNs) return false
    this.#remove.run(old.id)
    return true
  }
}

const sampleRow = z.object({ id: z.bigint(), durationNs: z.bigint().nullable(), startedAt: z.bigint() })
const freshNs = 3_600_000_000_000n

function stored(value: unknown): unknown {
  if (typeof value === 'boolean') return Number(value)
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value
}

/** A row of the view `exchange_records`, read with safe integers. */
export type ExchangeRow = Record<string, unknown>

/** A record that came out of a store, under the number it has there. */
export type StoredRecord = { id: number } & QuerytapRecord

export function recordOfRow(row: ExchangeRow): StoredRecord {
  const mysql = row['protocol'] === 'mysql'
  const names = `${frameColumns} ${mysql ? mysqlColumns : httpColumns}`.split(' ')
  const record: Record<string, unknown> = { id: Number(row['id']) }
  for (const name of names) {
    record[name] = value(name, row[columnOf(name)])
    if (name === 'status') Object.assign(record, { client: endpoint(row, 'client'), server: endpoint(row, 'server') })
    if (name === 'networkNs') Object.assign(record, { digest: row['digestId'], digestText: row['digestText'] })
  }
  // The schema's own types say that every column is there; tests hold each field against the record that was written.
  return record as unknown as StoredRecord
}

function value(name: string, raw: unknown): unknown {
  if (name === 'startedAt' && typeof raw === 'bigint') return instantText(raw)
  if (flags.has(name)) return raw === null ? null : raw === 1n
  if (structured.has(name)) return typeof raw === 'string' ? JSON.parse(raw) : null
  return typeof raw === 'bigint' ? Number(raw) : raw
}

function endpoint(row: ExchangeRow, end: 'client' | 'server'): Endpoint {
  const text = (name: string): string | null => {
    const raw = row[end + name]
    return typeof raw === 'string' ? raw : null
  }
  const number = (name: string): number | null => {
    const raw = row[end + name]
    return raw === null || raw === undefined ? null : Number(raw)
  }
  return {
    address: text('Address'),
    port: number('Port'),
    pid: number('Pid'),
    comm: text('Comm'),
    container: text('Container'),
    pod: text('Pod'),
    namespace: text('Namespace'),
    workload: text('Workload'),
    node: text('Node'),
  }
}
