/** A made-up MySQL session as bytes of both sides, and the exchanges that must come out of them. */
import { deflateSync } from 'node:zlib'
import { capability } from '../../parsers/mysql/capabilities.ts'
import type { Side } from '../../parsers/parser.ts'
import * as wire from './mysql-encoding.ts'
import type { Command, Result, Session } from './mysql-session.ts'

export interface Turn {
  side: Side
  bytes: Buffer
}

/** What of an exchange is compared. */
export interface Wanted {
  command: string
  text: string | null
  database: string | null
  status: string
  rowsReturned: number
  rowsAffected: number
  resultSets: number
  errorCode: number | null
  parameters: (number | string | null)[] | null
}

const moreResults = 8

class Encoder {
  readonly turns: Turn[] = []
  readonly wanted: Wanted[] = []
  readonly #session: Session
  #database = 'shop'
  #statementId = 0

  constructor(session: Session) {
    this.#session = session
  }

  #add(fields: Partial<Wanted> & { command: string }): void {
    this.wanted.push({
      text: null,
      database: this.#database,
      status: 'ok',
      rowsReturned: 0,
      rowsAffected: 0,
      resultSets: 0,
      errorCode: null,
      parameters: null,
      ...fields,
    })
  }

  #send(side: Side, ...packets: Buffer[]): void {
    const bytes = Buffer.concat(packets)
    if (!this.#session.compresses) this.turns.push({ side, bytes })
    else this.turns.push({ side, bytes: frames(bytes, side === 'client' ? 0 : 1) })
  }

  logIn(): void {
    const { deprecateEof, tracks, attributes, compresses } = this.#session
    const capabilities =
      (deprecateEof ? capability.CLIENT_DEPRECATE_EOF : 0) |
      (tracks ? capability.CLIENT_SESSION_TRACK : 0) |
      (attributes ? capability.CLIENT_QUERY_ATTRIBUTES : 0) |
      (compresses ? capability.CLIENT_COMPRESS : 0)
    this.turns.push({ side: 'server', bytes: wire.greeting() })
    this.turns.push({ side: 'client', bytes: wire.login(capabilities) })
    this.turns.push({ side: 'server', bytes: wire.packet(2, wire.okPayload(tracks ? { schema: 'shop' } : {})) })
    this.#add({ command: 'COM_CONNECT' })
  }

  run(command: Command): void {
    switch (command.kind) {
      case 'query':
        this.#query(command.text)
        this.#add({ command: 'COM_QUERY', text: command.text, ...outcome(command.results) })
        this.#send('server', ...this.#answer(command.results, false))
        break
      case 'use': {
        const text = `USE \`${command.schema.replaceAll('`', '``')}\``
        this.#query(text)
        this.#add({ command: 'COM_QUERY', text })
        this.#database = command.schema
        const told = this.#session.tracks ? { schema: command.schema } : {}
        this.#send('server', wire.packet(1, wire.okPayload(told)))
        break
      }
      case 'ping':
        this.#send('client', wire.packet(0, 0x0e))
        this.#add({ command: 'COM_PING' })
        this.#send('server', wire.packet(1, wire.okPayload({})))
        break
      case 'prepared':
        this.#prepared(command)
        break
      case 'load':
        this.#load(command)
        break
    }
  }

  #query(text: string): void {
    this.#send('client', wire.packet(0, 0x03, ...(this.#session.attributes ? [0, 1] : []), text))
  }

  #load({ parts, affected }: Command & { kind: 'load' }): void {
    this.#query("LOAD DATA LOCAL INFILE 'f' INTO TABLE t")
    this.#send('server', wire.packet(1, 0xfb, 'f'))
    const packets = [...parts, ''].map((part, index) => wire.packet(2 + index, part))
    this.#send('client', ...packets)
    this.#send('server', wire.packet(2 + packets.length, wire.okPayload({ affected })))
    this.#add({ command: 'COM_QUERY', text: "LOAD DATA LOCAL INFILE 'f' INTO TABLE t", rowsAffected: affected })
  }

  #prepared({ text, values, result }: Command & { kind: 'prepared' }): void {
    const id = wire.integer(++this.#statementId, 4)
    this.#send('client', wire.packet(0, 0x16, text))
    const definitions = values.map(() => wire.definitionPayload('?'))
    if (values.length > 0 && !this.#session.deprecateEof) definitions.push(wire.eofPayload())
    const head = wire.bytes(0, id, wire.integer(0, 2), wire.integer(values.length, 2), 0, wire.integer(0, 2))
    this.#send('server', ...numbered([head, ...definitions]))
    this.#add({ command: 'COM_STMT_PREPARE', text })
    this.#send('client', wire.packet(0, 0x17, id, 0, wire.integer(1, 4), this.#parameters(values)))
    this.#add({ command: 'COM_STMT_EXECUTE', text, parameters: values, ...outcome([result]) })
    this.#send('server', ...this.#answer([result], true))
    this.#send('client', wire.packet(0, 0x19, id))
    this.#add({ command: 'COM_STMT_CLOSE', status: 'unanswered' })
  }

  #parameters(values: (number | string | null)[]): Buffer {
    if (values.length === 0) return Buffer.alloc(0)
    const { attributes } = this.#session
    const nulls = Buffer.alloc((values.length + 7) >> 3)
    for (const [i, value] of values.entries()) if (value === null) nulls[i >> 3] = (nulls[i >> 3] ?? 0) | (1 << (i & 7))
    const types = values.map((value) => wire.bytes(typeof value === 'number' ? 3 : 0xfd, 0, ...(attributes ? [0] : [])))
    const sent = values.map((value) =>
      typeof value === 'number' ? wire.integer(value >>> 0, 4) : wire.text(value ?? ''),
    )
    const present = sent.filter((_, i) => values[i] !== null)
    return wire.bytes(...(attributes ? [wire.lengthEncoded(values.length)] : []), nulls, 1, ...types, ...present)
  }

  #answer(results: Result[], binary: boolean): Buffer[] {
    const payloads: Buffer[] = []
    for (const [index, result] of results.entries()) {
      const status = index < results.length - 1 ? 2 | moreResults : 2
      payloads.push(...resultPayloads(result, this.#session.deprecateEof, status, binary))
    }
    return numbered(payloads)
  }
}

function outcome(results: Result[]): Partial<Wanted> {
  const end = results.at(-1)
  const sum = (one: (result: Result) => number) => results.reduce((all, result) => all + one(result), 0)
  return {
    status: end?.kind === 'error' ? 'error' : 'ok',
    errorCode: end?.kind === 'error' ? end.code : null,
    rowsReturned: sum((one) => (one.kind === 'rows' ? one.rows.length : one.kind === 'error' ? one.rowsBefore : 0)),
    rowsAffected: sum((one) => (one.kind === 'ok' ? one.affected : 0)),
    resultSets: sum((one) => (one.kind === 'rows' || (one.kind === 'error' && one.rowsBefore > 0) ? 1 : 0)),
  }
}

function numbered(payloads: Buffer[]): Buffer[] {
  return payloads.map((payload, index) => wire.packet(1 + index, payload))
}

function resultPayloads(result: Result, deprecateEof: boolean, status: number, binary: boolean): Buffer[] {
  switch (result.kind) {
    case 'ok':
      return [wire.okPayload({ ...result, status })]
    case 'error': {
      const rows = Array.from({ length: result.rowsBefore }, () => 'x')
      const set = rows.length === 0 ? [] : rowsPayloads(1, rows, deprecateEof, status, binary)
      return [...set, wire.errPayload(result.code, result.message)]
    }
    case 'rows': {
      const { columns, rows, warnings } = result
      const end = deprecateEof ? wire.okPayload({ header: 0xfe, status, warnings }) : wire.eofPayload(status, warnings)
      return [...rowsPayloads(columns, rows, deprecateEof, status, binary), end]
    }
  }
}

function rowsPayloads(
  columns: number,
  rows: (string | null)[],
  deprecateEof: boolean,
  status: number,
  binary: boolean,
): Buffer[] {
  const definitions = Array.from({ length: columns }, (_, i) => wire.definitionPayload(`c${i}`))
  const cells = rows.map((row) => {
    const value = row === null ? Buffer.of(0xfb) : wire.text(row)
    return binary ? wire.bytes(0, 0, value) : Buffer.concat(Array.from({ length: columns }, () => value))
  })
  return [wire.lengthEncoded(columns), ...definitions, ...(deprecateEof ? [] : [wire.eofPayload(status)]), ...cells]
}

/** Cut without regard to packets; those that do not shrink are stored. */
function frames(bytes: Buffer, sequence: number): Buffer {
  const parts: Buffer[] = []
  for (let from = 0; from < bytes.length; from += 150) {
    const plain = bytes.subarray(from, from + 150)
    const deflated = deflateSync(plain)
    const shrinks = deflated.length < plain.length && plain.length >= 50
    const payload = shrinks ? deflated : plain
    const head = [wire.integer(payload.length, 3), (sequence + parts.length) & 0xff]
    parts.push(wire.bytes(...head, wire.integer(shrinks ? plain.length : 0, 3), payload))
  }
  return Buffer.concat(parts)
}

export function encode(session: Session): { turns: Turn[]; wanted: Wanted[] } {
  const encoder = new Encoder(session)
  encoder.logIn()
  for (const command of session.commands) encoder.run(command)
  return encoder
}
