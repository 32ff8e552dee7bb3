/** Packets of MySQL's protocol as bytes, for conversations that tests make up. */
import { capability } from '../../parsers/mysql/capabilities.ts'

export type Bytes = readonly (number | string | Uint8Array)[]

/** Texts as UTF-8, numbers as one byte. */
export function bytes(...parts: Bytes): Buffer {
  return Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.of(part) : Buffer.from(part))))
}

export function integer(value: number | bigint, size: number): Buffer {
  const buffer = Buffer.alloc(8)
  buffer.writeBigUInt64LE(BigInt(value))
  return buffer.subarray(0, size)
}

export function lengthEncoded(value: number): Buffer {
  if (value < 0xfb) return Buffer.of(value)
  if (value <= 0xffff) return bytes(0xfc, integer(value, 2))
  return value <= 0xffffff ? bytes(0xfd, integer(value, 3)) : bytes(0xfe, integer(value, 8))
}

export function text(value: string | Uint8Array): Buffer {
  const buffer = Buffer.from(value)
  return bytes(lengthEncoded(buffer.length), buffer)
}

const fullPart = 0xffffff

/** As many parts as it takes. */
export function packet(sequence: number, ...parts: Bytes): Buffer {
  const payload = bytes(...parts)
  const packets: Buffer[] = []
  let from = 0
  for (let id = sequence; ; id++) {
    const part = payload.subarray(from, from + fullPart)
    packets.push(bytes(integer(part.length, 3), id & 0xff, part))
    from += part.length
    if (part.length < fullPart) return Buffer.concat(packets)
  }
}

const serverCapabilities = 0xffffffff & ~capability.CLIENT_SSL
const needed =
  capability.CLIENT_MYSQL |
  capability.CLIENT_CONNECT_WITH_DB |
  capability.CLIENT_PROTOCOL_41 |
  capability.CLIENT_SECURE_CONNECTION |
  capability.CLIENT_PLUGIN_AUTH

interface GreetingFields {
  version?: string
  connectionId?: number
  capabilities?: number
  /** MariaDB's own capabilities; without them it is MySQL that greets. */
  mariadb?: number
}

export function greeting({
  version = '8.4.3',
  connectionId = 42,
  capabilities = serverCapabilities,
  mariadb,
}: GreetingFields = {}): Buffer {
  const all = mariadb === undefined ? capabilities : capabilities & ~capability.CLIENT_MYSQL
  const low = integer(all & 0xffff, 2)
  const high = integer(all >>> 16, 2)
  const filler = [Buffer.alloc(6), integer(mariadb ?? 0, 4)]
  const data = ['saltsalt', 0, low, 0xff, integer(2, 2), high, 21, ...filler, 'saltsaltsalt', 0]
  return packet(0, 10, version, 0, integer(connectionId, 4), ...data, 'caching_sha2_password', 0)
}

/** @param mariadb MariaDB's own capabilities */
export function login(capabilities: number, user = 'app', database = 'shop', mariadb?: number): Buffer {
  const named = (capabilities | needed) >>> 0
  const all = mariadb === undefined ? named : (named & ~capability.CLIENT_MYSQL) >>> 0
  const head = [integer(all, 4), integer(1 << 24, 4), 0xff, Buffer.alloc(19), integer(mariadb ?? 0, 4)]
  const attributes = (all & capability.CLIENT_CONNECT_ATTRS) === 0 ? [] : [0]
  return packet(1, ...head, user, 0, text('auth'), database, 0, 'caching_sha2_password', 0, ...attributes)
}

/** What a client sends in place of its login to go on in TLS. */
export function sslRequest(): Buffer {
  return packet(1, integer((needed | capability.CLIENT_SSL) >>> 0, 4), integer(1 << 24, 4), 0xff, Buffer.alloc(23))
}

/** PROXY protocol, version 2: signature, command and family, length, two addresses and two ports. */
export function proxyHeader(): Buffer {
  const signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')
  return bytes(signature, 0x21, 0x11, 0, 12, Buffer.from('0a0000090a000002c7380cea', 'hex'))
}

/** AuthSwitchRequest: another plugin, and its salt. */
export const switchPayload = bytes(0xfe, 'mysql_native_password', 0, 'saltsaltsaltsaltsalt', 0)

/** SERVER_MORE_RESULTS_EXISTS. */
export const moreResults = 8

export interface OkFields {
  header?: number
  affected?: number
  insertId?: number
  status?: number
  warnings?: number
  /** With CLIENT_SESSION_TRACK: the session's new schema, and the GTID of what was committed, behind which no transaction is open. */
  schema?: string
  gtid?: string | null
}

export function okPayload({
  header = 0,
  affected = 0,
  insertId = 0,
  status = 2,
  warnings = 0,
  schema,
  gtid = null,
}: OkFields): Buffer {
  const head = bytes(header, lengthEncoded(affected), lengthEncoded(insertId))
  const changes = bytes(
    ...(schema === undefined ? [] : [1, text(text(schema))]),
    ...(gtid === null ? [] : [3, text(bytes(0, text(gtid))), 5, text(text('________'))]),
  )
  if (changes.length === 0) return bytes(head, integer(status, 2), integer(warnings, 2))
  return bytes(head, integer(status | 0x4000, 2), integer(warnings, 2), text(''), text(changes))
}

export function eofPayload(status = 2, warnings = 0): Buffer {
  return bytes(0xfe, integer(warnings, 2), integer(status, 2))
}

export function errPayload(code: number, message: string, sqlState = 'HY000'): Buffer {
  return bytes(0xff, integer(code, 2), '#', sqlState, message)
}

export function definitionPayload(name: string): Buffer {
  const names = [text('def'), text('shop'), text('t'), text('t'), text(name), text(name)]
  return bytes(...names, 12, integer(255, 2), integer(80, 4), 0xfd, integer(0, 2), 0, integer(0, 2))
}
