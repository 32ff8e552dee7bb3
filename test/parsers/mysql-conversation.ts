/** A made-up MySQL session as bytes of both sides, and the exchanges that must come out of them. */
import { capability, mariadbCapability } from '../../parsers/mysql/capabilities.ts'
import type { Side } from '../../parsers/parser.ts'
import { frames } from './mysql-compression.ts'
import * as wire from './mysql-encoding.ts'
import { type CellForm, resultPayloads, wantedOf } from './mysql-results.ts'
import type { Command, Execution, Result, Session, StatementUse, Value } from './mysql-session.ts'

export interface Turn {
  side: Side
  bytes: Buffer
}

/** What of an exchange is compared. */
export interface Wanted {
  command: string
  text: string | null
  user: string | null
  database: string | null
  status: string
  rowsReturned: number
  rowsAffected: number
  resultSets: number
  gtids: string | null
  lastInsertId: number | null
  errorCode: number | null
  /** The kinds of each, where there are several. */
  results: string[] | null
  parameters: Value[] | null
}

export interface Conversation {
  turns: Turn[]
  wanted: Wanted[]
  /** Bytes that belong to no exchange: a proxy's header, the greeting, what is encrypted. */
  apart: Record<Side, number>
}

const lastPrepared = 0xffffffff
const cursorExists = 0x40
const lastRowSent = 0x80

class Encoder implements Conversation {
  readonly turns: Turn[] = []
  readonly wanted: Wanted[] = []
  readonly apart = { client: 0, server: 0 }
  readonly #session: Session
  readonly #frameBytes: number | undefined
  readonly #form: CellForm
  #user: string
  #database: string | null = 'shop'
  #statementId = 0
  #compressed = false
  /** Sequence id of the next compressed frame: an answer goes on where the request ended. */
  #frame = 0

  constructor(session: Session, frameBytes: number | undefined) {
    this.#session = session
    this.#frameBytes = frameBytes
    this.#user = session.user
    const { deprecateEof, optionalMetadata, tracks } = session
    this.#form = { deprecateEof, binary: false, metadataFlag: optionalMetadata, tracks }
  }

  #add(fields: Partial<Wanted> & { command: string }): void {
    this.wanted.push({
      text: null,
      user: this.#user,
      database: this.#database,
      status: 'ok',
      rowsReturned: 0,
      rowsAffected: 0,
      resultSets: 0,
      gtids: null,
      lastInsertId: null,
      errorCode: null,
      results: null,
      parameters: null,
      ...fields,
    })
  }

  #send(side: Side, ...packets: Buffer[]): void {
    const bytes = Buffer.concat(packets)
    const { compression } = this.#session
    if (!this.#compressed || compression === 'none') {
      this.turns.push({ side, bytes })
      return
    }
    const isNext = side === 'client' && packets[0]?.[3] === 0
    const framed = frames(bytes, isNext ? 0 : this.#frame, compression, this.#frameBytes)
    this.turns.push({ side, bytes: framed.bytes })
    this.#frame = framed.next
  }

  #setApart(side: Side, bytes: Buffer): void {
    this.turns.push({ side, bytes })
    this.apart[side] += bytes.length
  }

  /** @returns false where no command can follow */
  logIn(): boolean {
    const { login, proxy, tracks, mariadb, optionalMetadata } = this.#session
    if (proxy === 'v1') this.#setApart('client', Buffer.from('PROXY TCP4 10.0.0.9 10.0.0.2 51000 3306\r\n'))
    if (proxy === 'v2') this.#setApart('client', wire.proxyHeader())
    const cached = mariadb && optionalMetadata ? mariadbCapability.MARIADB_CLIENT_CACHE_METADATA : 0
    this.#setApart('server', wire.greeting(mariadb ? { mariadb: cached, version: '10.11.6-MariaDB' } : {}))
    if (login === 'tls') {
      this.#setApart('client', wire.sslRequest())
      for (const side of ['client', 'server'] as const) this.#setApart(side, Buffer.alloc(200, 0x17))
      return false
    }
    this.#send('client', wire.login(this.#capabilities(), this.#user, 'shop', mariadb ? cached : undefined))
    const steps = authentication[login]
    for (const [index, { side, payload }] of steps.entries()) this.#send(side, wire.packet(2 + index, payload))
    const sequence = 2 + steps.length
    if (login === 'refused') {
      this.#send('server', wire.packet(sequence, wire.errPayload(1045, 'Access denied', '28000')))
      this.#add({ command: 'COM_CONNECT', status: 'error', errorCode: 1045 })
      return false
    }
    this.#send('server', wire.packet(sequence, wire.okPayload(tracks ? { schema: 'shop' } : {})))
    this.#add({ command: 'COM_CONNECT' })
    this.#compressed = true
    return true
  }

  #capabilities(): number {
    const { deprecateEof, tracks, attributes, mariadb, optionalMetadata, compression } = this.#session
    return (
      (deprecateEof ? capability.CLIENT_DEPRECATE_EOF : 0) |
      (tracks ? capability.CLIENT_SESSION_TRACK : 0) |
      (attributes ? capability.CLIENT_QUERY_ATTRIBUTES : 0) |
      (optionalMetadata && !mariadb ? capability.CLIENT_OPTIONAL_RESULTSET_METADATA : 0) |
      (compression === 'zlib' ? capability.CLIENT_COMPRESS : 0) |
      (compression === 'zstd' ? capability.CLIENT_ZSTD_COMPRESSION_ALGORITHM : 0)
    )
  }

  run(command: Command): void {
    switch (command.kind) {
      case 'query': {
        const { text, results, attribute, progress } = command
        this.#send('client', this.#query(text, attribute))
        this.#add({ command: 'COM_QUERY', text, ...wantedOf(results, this.#session.tracks) })
        const reports = Array.from({ length: progress }, () => wire.bytes(0xff, 0xff, 0xff, 1, 1, 2, 0, 0, 0, 1, 'x'))
        this.#send('server', ...numbered([...reports, ...this.#payloads(results, false)]))
        break
      }
      case 'use':
        this.#use(command)
        break
      case 'simple':
        this.#simple(command.command)
        break
      case 'prepared':
        this.#prepared(command)
        break
      case 'not-prepared':
        this.#send('client', wire.packet(0, 0x16, command.text))
        this.#send('server', wire.packet(1, wire.errPayload(command.code, 'no')))
        this.#add({ command: 'COM_STMT_PREPARE', text: command.text, status: 'error', errorCode: command.code })
        break
      case 'load':
        this.#load(command)
        break
      case 'change-user':
        this.#changeUser(command)
        break
      case 'prepare-and-execute':
        this.#prepareAndExecute(command)
        break
      case 'pipelined':
        this.#send('client', ...command.queries.map(({ text }) => this.#query(text, null)))
        for (const { text, results } of command.queries) {
          this.#add({ command: 'COM_QUERY', text, ...wantedOf(results, this.#session.tracks) })
          this.#send('server', ...numbered(this.#payloads(results, false)))
        }
        break
    }
  }

  quit(): void {
    this.#send('client', wire.packet(0, 0x01))
    this.#add({ command: 'COM_QUIT', status: 'unanswered' })
  }

  #query(text: string, attribute: string | null): Buffer {
    if (!this.#session.attributes) return wire.packet(0, 0x03, text)
    if (attribute === null) return wire.packet(0, 0x03, 0, 1, text)
    // one attribute: NULL bitmap, types follow, its type, its name, its value
    return wire.packet(0, 0x03, 1, 1, 0, 1, 0xfd, 0, wire.text('trace'), wire.text(attribute), text)
  }

  #use({ schema, byCommand }: Command & { kind: 'use' }): void {
    const text = byCommand ? schema : `USE \`${schema.replaceAll('`', '``')}\``
    this.#send('client', byCommand ? wire.packet(0, 0x02, schema) : this.#query(text, null))
    this.#add({ command: byCommand ? 'COM_INIT_DB' : 'COM_QUERY', text })
    this.#database = schema
    this.#send('server', wire.packet(1, wire.okPayload(this.#session.tracks ? { schema } : {})))
  }

  #simple(command: (Command & { kind: 'simple' })['command']): void {
    const end = this.#session.deprecateEof ? wire.okPayload({ header: 0xfe }) : wire.eofPayload()
    const forms = {
      COM_PING: [[0x0e], [wire.okPayload({})]],
      COM_STATISTICS: [[0x09], [Buffer.from('Uptime: 12  Threads: 1')]],
      COM_RESET_CONNECTION: [[0x1f], [wire.okPayload({})]],
      COM_DEBUG: [[0x0d], [wire.eofPayload()]],
      COM_FIELD_LIST: [
        [0x04, 't', 0],
        [wire.definitionPayload('a'), wire.definitionPayload('b'), end],
      ],
    } as const
    const [request, answer] = forms[command]
    this.#send('client', wire.packet(0, ...request))
    this.#send('server', ...numbered([...answer]))
    this.#add({ command })
  }

  #load({ parts, affected, refused }: Command & { kind: 'load' }): void {
    const text = "LOAD DATA LOCAL INFILE 'f' INTO TABLE t"
    this.#send('client', this.#query(text, null))
    this.#send('server', wire.packet(1, 0xfb, 'f'))
    const packets = [...parts, ''].map((part, index) => wire.packet(2 + index, part))
    this.#send('client', ...packets)
    const end = refused === null ? wire.okPayload({ affected }) : wire.errPayload(refused, 'no')
    this.#send('server', wire.packet(2 + packets.length, end))
    const outcome = refused === null ? { rowsAffected: affected } : { status: 'error', errorCode: refused }
    this.#add({ command: 'COM_QUERY', text, ...outcome })
  }

  #changeUser({ user, schema, refused }: Command & { kind: 'change-user' }): void {
    const database = schema === '' ? null : schema
    this.#send('client', wire.packet(0, 0x11, user, 0, wire.text('auth'), schema, 0, 255, 0, 'some_plugin', 0))
    this.#send('server', wire.packet(1, wire.switchPayload))
    this.#send('client', wire.packet(2, '01234567890123456789'))
    const told = this.#session.tracks && database !== null ? { schema } : {}
    this.#send('server', wire.packet(3, refused === null ? wire.okPayload(told) : wire.errPayload(refused, 'no')))
    const outcome = refused === null ? {} : { status: 'error', errorCode: refused }
    this.#add({ command: 'COM_CHANGE_USER', user, database, ...outcome })
    if (refused !== null) return
    this.#user = user
    this.#database = database
  }

  #prepare(parameters: number, columns: number): { id: number; answer: Buffer[] } {
    const id = ++this.#statementId
    const { deprecateEof, optionalMetadata, mariadb } = this.#session
    const group = (count: number) => [
      ...Array.from({ length: count }, () => wire.definitionPayload('?')),
      ...(count > 0 && !deprecateEof ? [wire.eofPayload()] : []),
    ]
    const counts = [wire.integer(columns, 2), wire.integer(parameters, 2)]
    const flag = optionalMetadata && !mariadb ? [1] : []
    const head = wire.bytes(0, wire.integer(id, 4), ...counts, 0, wire.integer(0, 2), ...flag)
    return { id, answer: numbered([head, ...group(parameters), ...group(columns)]) }
  }

  #prepared({ text, parameters, columns, uses, closes }: Command & { kind: 'prepared' }): void {
    this.#send('client', wire.packet(0, 0x16, text))
    const { id, answer } = this.#prepare(parameters, columns)
    this.#send('server', ...answer)
    this.#add({ command: 'COM_STMT_PREPARE', text })
    let types: number[] = []
    for (const use of uses) types = this.#useStatement(id, text, use, types)
    if (!closes) return
    this.#send('client', wire.packet(0, 0x19, wire.integer(id, 4)))
    this.#add({ command: 'COM_STMT_CLOSE', status: 'unanswered' })
  }

  /** @returns the types that the server knows from now on */
  #useStatement(id: number, text: string, use: StatementUse, types: number[]): number[] {
    const number = wire.integer(id, 4)
    switch (use.kind) {
      case 'execute':
        return this.#execute(id, text, use.execution, types)
      case 'reset':
        this.#send('client', wire.packet(0, 0x1a, number))
        this.#send('server', wire.packet(1, wire.okPayload({})))
        this.#add({ command: 'COM_STMT_RESET' })
        return types
      case 'fetch':
        this.#fetch(number, text, use.parts)
        return types
      case 'bulk': {
        const sets = use.sets.flatMap((set) => set.flatMap((value) => [0, wire.integer(Number(value), 4)]))
        const sent = (use.sets[0] ?? []).map(() => 3)
        this.#send('client', wire.packet(0, 0xfa, number, 128, 0, ...sent.flatMap((type) => [type, 0]), ...sets))
        this.#send('server', wire.packet(1, wire.okPayload({ affected: use.affected })))
        const [first = null] = use.sets
        this.#add({ command: 'COM_STMT_BULK_EXECUTE', text, parameters: first, rowsAffected: use.affected })
        return sent
      }
    }
  }

  #execute(id: number, text: string, execution: Execution, known: number[]): number[] {
    const { values, typed, longParts, results } = execution
    const ahead = longParts > 0 && typeof values[0] === 'string' ? Buffer.from(values[0]) : undefined
    if (ahead !== undefined) {
      const size = Math.ceil(ahead.length / longParts)
      for (let from = 0; from < ahead.length; from += size) {
        const part = ahead.subarray(from, from + size)
        this.#send('client', wire.packet(0, 0x18, wire.integer(id, 4), wire.integer(0, 2), part))
        this.#add({ command: 'COM_STMT_SEND_LONG_DATA', status: 'unanswered' })
      }
    }
    const types = values.map((value, i) => (value === null ? (known[i] ?? 0xfd) : typeof value === 'number' ? 3 : 0xfd))
    const sends = typed || types.some((type, i) => type !== known[i])
    const parameters = this.#parameters(values, types, sends, ahead !== undefined)
    this.#send('client', wire.packet(0, 0x17, wire.integer(id, 4), 0, wire.integer(1, 4), parameters))
    this.#add({ command: 'COM_STMT_EXECUTE', text, parameters: values, ...wantedOf(results, this.#session.tracks) })
    this.#send('server', ...numbered(this.#payloads(results, true)))
    return types
  }

  #fetch(number: Buffer, text: string, parts: number[]): void {
    const form = { ...this.#form, binary: true }
    this.#send('client', wire.packet(0, 0x17, number, 1, wire.integer(1, 4)))
    this.#add({ command: 'COM_STMT_EXECUTE', text, parameters: [], resultSets: 1 })
    const rows: Result = { kind: 'rows', columns: 1, rows: [], warnings: 0, described: true }
    const head = resultPayloads(rows, form, 2 | cursorExists)
    // without CLIENT_DEPRECATE_EOF the definitions' EOF is the last packet
    this.#send('server', ...numbered(form.deprecateEof ? head : head.slice(0, -1)))
    for (const [index, count] of parts.entries()) {
      const status = 2 | (index === parts.length - 1 ? lastRowSent : cursorExists)
      const end = form.deprecateEof ? wire.okPayload({ header: 0xfe, status }) : wire.eofPayload(status)
      this.#send('client', wire.packet(0, 0x1c, number, wire.integer(count, 4)))
      const cells = Array.from({ length: count }, () => wire.bytes(0, 0, wire.text('x')))
      this.#send('server', ...numbered([...cells, end]))
      this.#add({ command: 'COM_STMT_FETCH', text, rowsReturned: count })
    }
  }

  #prepareAndExecute({ text, values, results }: Command & { kind: 'prepare-and-execute' }): void {
    const types = values.map((value) => (typeof value === 'number' ? 3 : 0xfd))
    const parameters = this.#parameters(values, types, true, false)
    const execute = wire.packet(0, 0x17, wire.integer(lastPrepared, 4), 0, wire.integer(1, 4), parameters)
    this.#send('client', wire.packet(0, 0x16, text), execute)
    const { answer } = this.#prepare(values.length, 1)
    this.#send('server', ...answer)
    this.#send('server', ...numbered(this.#payloads(results, true)))
    this.#add({ command: 'COM_STMT_PREPARE', text })
    this.#add({ command: 'COM_STMT_EXECUTE', text, parameters: values, ...wantedOf(results, this.#session.tracks) })
  }

  /** @param ahead the first value was sent ahead */
  #parameters(values: Value[], types: number[], sends: boolean, ahead: boolean): Buffer {
    if (values.length === 0) return Buffer.alloc(0)
    const { attributes } = this.#session
    const nulls = Buffer.alloc((values.length + 7) >> 3)
    for (const [i, value] of values.entries()) if (value === null) nulls[i >> 3] = (nulls[i >> 3] ?? 0) | (1 << (i & 7))
    const named = sends ? types.flatMap((type) => [type, 0, ...(attributes ? [0] : [])]) : []
    const sent = values.filter((value, i) => value !== null && !(ahead && i === 0))
    const encoded = sent.map((value) =>
      typeof value === 'number' ? wire.integer(value >>> 0, 4) : wire.text(value ?? ''),
    )
    const count = attributes ? [wire.lengthEncoded(values.length)] : []
    return wire.bytes(...count, nulls, sends ? 1 : 0, ...named, ...encoded)
  }

  #payloads(results: Result[], binary: boolean): Buffer[] {
    return results.flatMap((result, index) => {
      const status = 2 | (index < results.length - 1 ? wire.moreResults : 0)
      return resultPayloads(result, { ...this.#form, binary }, status)
    })
  }
}

/** What stands between the login and its OK. */
const authentication: Record<Exclude<Session['login'], 'tls'>, { side: Side; payload: Buffer }[]> = {
  native: [],
  refused: [],
  'caching_sha2, known': [{ side: 'server', payload: Buffer.of(1, 3) }],
  'caching_sha2, in full': [
    { side: 'server', payload: Buffer.of(1, 4) },
    { side: 'client', payload: Buffer.of(2) },
    { side: 'server', payload: wire.bytes(1, '-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n') },
    { side: 'client', payload: Buffer.alloc(256, 0x5a) },
  ],
  'another plugin': [
    { side: 'server', payload: wire.switchPayload },
    { side: 'client', payload: Buffer.alloc(20, 0x5b) },
  ],
}

function numbered(payloads: Buffer[]): Buffer[] {
  return payloads.map((payload, index) => wire.packet(1 + index, payload))
}

/** @param frameBytes of a compressed frame at most */
export function encode(session: Session, frameBytes?: number): Conversation {
  const encoder = new Encoder(session, frameBytes)
  if (!encoder.logIn()) return encoder
  for (const command of session.commands) encoder.run(command)
  if (session.quits) encoder.quit()
  return encoder
}
