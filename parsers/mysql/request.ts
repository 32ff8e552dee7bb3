/** A command packet becomes a command in flight: its name, its text, and what it will change once it succeeds. */
import { Buffer } from 'node:buffer'
import type { Transport } from '../exchange.ts'
import { beginCommand, type CommandInFlight, markIncomplete } from './command-in-flight.ts'
import { command as code, commandFacts } from './commands.ts'
import type { MysqlLimits } from './limits.ts'
import type { Packet } from './packet-reader.ts'
import { Payload } from './payload.ts'
import type { PreparedStatements } from './prepared-statements.ts'
import { queryTextStart } from './query-text.ts'
import { schemaOfUse, type Session } from './session.ts'

/** No schema's name is longer, quotes and `USE` included. */
const longestUse = 512

export class RequestReader {
  readonly #session: Session
  readonly #statements: PreparedStatements
  readonly #limits: MysqlLimits
  /** The id that this connection's last COM_STMT_PREPARE was given: MariaDB's clients call it 0xffffffff. */
  lastPrepared: number | undefined

  constructor(session: Session, statements: PreparedStatements, limits: MysqlLimits) {
    this.#session = session
    this.#statements = statements
    this.#limits = limits
  }

  /** @param packet of at least one byte */
  read(packet: Packet, transport: Transport): CommandInFlight {
    const number = packet.bytes[packet.start] ?? 0
    const facts = commandFacts(number)
    const command = beginCommand(facts, this.#session, transport, packet.startedAt, packet.position)
    command.sequence = (packet.lastSequence + 1) & 0xff
    switch (number) {
      case code.COM_QUERY:
        this.#readQuery(command, packet)
        break
      case code.COM_STMT_PREPARE:
        this.#readText(command, packet, packet.start + 1)
        if (command.exchange.text !== null) {
          command.preparing = { text: command.exchange.text, textLength: command.exchange.textLength }
        }
        break
      case code.COM_STMT_EXECUTE:
      case code.COM_STMT_BULK_EXECUTE:
        this.#readExecute(command, packet)
        break
      case code.COM_STMT_CLOSE: {
        const id = new Payload(packet.bytes, packet.start + 1, packet.end).integer(4)
        if (id !== undefined) this.#statements.delete(id)
        break
      }
      case code.COM_CHANGE_USER:
        this.#readChangeUser(command, packet)
        break
      default:
        if (facts.text) this.#readText(command, packet, packet.start + 1)
        if (number === code.COM_INIT_DB) command.schema = textOf(command)
    }
    return command
  }

  #readQuery(command: CommandInFlight, packet: Packet): void {
    const start = queryTextStart(packet.bytes, packet.start + 1, packet.end, this.#session.capabilities)
    if (start === undefined) {
      markIncomplete(command, 'the query attributes in front of the text cannot be read')
      return
    }
    this.#readText(command, packet, start)
    const first = packet.bytes[start] ?? 0
    const mayBeUse = first === 0x75 || first === 0x55 || first <= 0x20
    if (mayBeUse && command.exchange.textLength < longestUse) {
      const text = textOf(command)
      command.schema = text === null ? null : schemaOfUse(text)
    }
  }

  #readText({ exchange }: CommandInFlight, packet: Packet, start: number): void {
    const kept = Math.min(packet.end - start, this.#limits.textBytes)
    exchange.textLength = packet.length - (start - packet.start)
    exchange.text = copied(packet.bytes, start, start + kept)
    if (kept === exchange.textLength) return
    exchange.incompleteBecause =
      kept === this.#limits.textBytes ? `statement cut at ${kept} bytes` : 'a gap in the statement'
  }

  #readExecute(command: CommandInFlight, packet: Packet): void {
    const named = new Payload(packet.bytes, packet.start + 1, packet.end).integer(4)
    const id = named === lastPreparedId ? this.lastPrepared : named
    const statement = id === undefined ? undefined : this.#statements.get(id)
    if (statement === undefined) {
      markIncomplete(command, 'prepared before it could be seen')
      return
    }
    command.exchange.text = statement.text
    command.exchange.textLength = statement.textLength
    if (statement.text.length < statement.textLength)
      markIncomplete(command, `statement cut at ${statement.text.length} bytes`)
  }

  /** User, length of the auth response 1 and itself (passed over), schema. */
  #readChangeUser(command: CommandInFlight, packet: Packet): void {
    const payload = new Payload(packet.bytes, packet.start + 1, packet.end)
    command.user = payload.nulTerminatedText() ?? null
    const length = payload.integer(1)
    if (length !== undefined && payload.skip(length)) command.schema = payload.nulTerminatedText() ?? null
  }
}

/** MariaDB: the statement prepared last. */
const lastPreparedId = 0xffffffff

/** The chunk's bytes go when the call returns. Short texts share Node's pool. */
function copied(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const copy = Buffer.allocUnsafe(end - start)
  copy.set(bytes.subarray(start, end))
  return copy
}

function textOf({ exchange: { text } }: CommandInFlight): string | null {
  return text === null ? null : Buffer.from(text.buffer, text.byteOffset, text.length).toString('utf8')
}
