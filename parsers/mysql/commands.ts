/** The commands, by number, with the kind of answer each has (manual, "Command Phase"; MariaDB's from its own manual). */

/** What the server answers. */
export type ResponseKind =
  /** Nothing. */
  | 'none'
  /** OK, EOF or ERR. */
  | 'outcome'
  /** OK, ERR, LOCAL INFILE, or a result set and perhaps more of them. */
  | 'results'
  /** COM_STMT_PREPARE_OK with definitions, or ERR. */
  | 'prepared'
  /** Column definitions up to an EOF. */
  | 'definitions'
  /** Rows without definitions. */
  | 'rows'
  /** One packet of text, or ERR. */
  | 'text'
  /** A new authentication, ending in OK or ERR. */
  | 'authentication'
  /** Packets without end. */
  | 'stream'

export interface CommandFacts {
  name: string
  response: ResponseKind
  /** Whether the payload is text: SQL, or a schema's name. */
  text: boolean
}

const facts = (name: string, response: ResponseKind, text = false): CommandFacts => ({ name, response, text })

export const command = {
  COM_QUIT: 0x01,
  COM_INIT_DB: 0x02,
  COM_QUERY: 0x03,
  COM_DROP_DB: 0x06,
  COM_CHANGE_USER: 0x11,
  COM_STMT_PREPARE: 0x16,
  COM_STMT_EXECUTE: 0x17,
  COM_STMT_SEND_LONG_DATA: 0x18,
  COM_STMT_CLOSE: 0x19,
  COM_STMT_RESET: 0x1a,
  COM_STMT_FETCH: 0x1c,
  COM_RESET_CONNECTION: 0x1f,
  COM_STMT_BULK_EXECUTE: 0xfa,
} as const

const commands: ReadonlyMap<number, CommandFacts> = new Map([
  [0x00, facts('COM_SLEEP', 'outcome')],
  [0x01, facts('COM_QUIT', 'none')],
  [0x02, facts('COM_INIT_DB', 'outcome', true)],
  [0x03, facts('COM_QUERY', 'results', true)],
  [0x04, facts('COM_FIELD_LIST', 'definitions')],
  [0x05, facts('COM_CREATE_DB', 'outcome', true)],
  [0x06, facts('COM_DROP_DB', 'outcome', true)],
  [0x07, facts('COM_REFRESH', 'outcome')],
  [0x08, facts('COM_SHUTDOWN', 'outcome')],
  [0x09, facts('COM_STATISTICS', 'text')],
  [0x0a, facts('COM_PROCESS_INFO', 'results')],
  [0x0b, facts('COM_CONNECT', 'outcome')],
  [0x0c, facts('COM_PROCESS_KILL', 'outcome')],
  [0x0d, facts('COM_DEBUG', 'outcome')],
  [0x0e, facts('COM_PING', 'outcome')],
  [0x0f, facts('COM_TIME', 'outcome')],
  [0x10, facts('COM_DELAYED_INSERT', 'outcome')],
  [0x11, facts('COM_CHANGE_USER', 'authentication')],
  [0x12, facts('COM_BINLOG_DUMP', 'stream')],
  [0x13, facts('COM_TABLE_DUMP', 'stream')],
  [0x14, facts('COM_CONNECT_OUT', 'outcome')],
  [0x15, facts('COM_REGISTER_SLAVE', 'outcome')],
  [0x16, facts('COM_STMT_PREPARE', 'prepared', true)],
  [0x17, facts('COM_STMT_EXECUTE', 'results')],
  [0x18, facts('COM_STMT_SEND_LONG_DATA', 'none')],
  [0x19, facts('COM_STMT_CLOSE', 'none')],
  [0x1a, facts('COM_STMT_RESET', 'outcome')],
  [0x1b, facts('COM_SET_OPTION', 'outcome')],
  [0x1c, facts('COM_STMT_FETCH', 'rows')],
  [0x1d, facts('COM_DAEMON', 'outcome')],
  [0x1e, facts('COM_BINLOG_DUMP_GTID', 'stream')],
  [0x1f, facts('COM_RESET_CONNECTION', 'outcome')],
  [0x20, facts('COM_CLONE', 'stream')],
  [0x21, facts('COM_SUBSCRIBE_GROUP_REPLICATION_STREAM', 'stream')],
  [0xfa, facts('COM_STMT_BULK_EXECUTE', 'results')],
])

const byNumber: readonly (CommandFacts | undefined)[] = Array.from({ length: 256 }, (_, code) => commands.get(code))

/** A number that the manuals do not have is named by it, and its answer is followed as far as it is an OK or an ERR. */
export function commandFacts(code: number): CommandFacts {
  return byNumber[code] ?? facts(`COM_0x${code.toString(16).padStart(2, '0')}`, 'outcome')
}

/** By number what is given by name. */
function byCode(byName: Readonly<Record<string, number>>): ReadonlyMap<number, number> {
  const codes = new Map([...commands].map(([code, { name }]) => [name, code]))
  return new Map(Object.entries(byName).map(([name, value]) => [codes.get(name) ?? Number.NaN, value]))
}

/** Servers' own. */
const neverSent = byCode({
  COM_SLEEP: 0,
  COM_CONNECT: 0,
  COM_TIME: 0,
  COM_DELAYED_INSERT: 0,
  COM_TABLE_DUMP: 0,
  COM_CONNECT_OUT: 0,
  COM_DAEMON: 0,
})
/** Of the whole payload. */
const bytesOf = byCode({
  COM_QUIT: 1,
  COM_STATISTICS: 1,
  COM_PROCESS_INFO: 1,
  COM_DEBUG: 1,
  COM_PING: 1,
  COM_RESET_CONNECTION: 1,
  COM_REFRESH: 2,
  COM_SET_OPTION: 3,
  COM_PROCESS_KILL: 5,
  COM_STMT_CLOSE: 5,
  COM_STMT_RESET: 5,
  COM_STMT_FETCH: 9,
})
/** Of the others at least the number, and something that it is about. */
const leastBytesOf = byCode({
  COM_SHUTDOWN: 1,
  COM_STMT_EXECUTE: 10,
  COM_STMT_SEND_LONG_DATA: 7,
  COM_STMT_BULK_EXECUTE: 7,
})

/** A schema's name has 64 characters, of four bytes each. */
const mostBytesOf = byCode({ COM_INIT_DB: 257, COM_CREATE_DB: 257, COM_DROP_DB: 257 })

/**
 * Whether a packet that begins like this, found where none need begin, may be a command.
 * @param second its second byte
 */
export function mayBeCommand(code: number, length: number, second = 0x20): boolean {
  if (byNumber[code] === undefined || neverSent.has(code)) return false
  const exact = bytesOf.get(code)
  if (exact !== undefined) return length === exact
  if (mostBytesOf.has(code) && second < 0x20) return false
  return length >= (leastBytesOf.get(code) ?? 2) && length <= (mostBytesOf.get(code) ?? length)
}

const changeUser = commandFacts(command.COM_CHANGE_USER)
const resetConnection = commandFacts(command.COM_RESET_CONNECTION)

/** Whether a connection has no prepared statements left once this has succeeded. */
export function forgetsStatements({ facts }: { facts: CommandFacts }): boolean {
  return facts === changeUser || facts === resetConnection
}
