/** A command packet becomes a command in flight: its name, its text, and what it will change once it succeeds. */
import type { Transport } from '../exchange.ts'
import { beginCommand, type CommandInFlight, gapInStatement, markIncomplete } from './command-in-flight.ts'
import { command as code, commandFacts } from './commands.ts'
import { readChangeUser } from './change-user.ts'
import type { ConnectionParts } from './connection-parts.ts'
import { ExecutionReader } from './execution.ts'
import { copied, textOf } from './kept-text.ts'
import { requestSlackBytes } from './limits.ts'
import type { Packet } from './packet.ts'
import { Payload } from './payload.ts'
import { plainTextStart, readQueryText } from './query-text.ts'
import { beginSettings, plainReading, readAs } from './reading.ts'
import { schemaDropped, schemaOfExecute, schemaOfUse } from './schema-change.ts'
import type { Session } from './session.ts'

export class RequestReader {
  readonly executions: ExecutionReader
  readonly #parts: ConnectionParts

  constructor(parts: ConnectionParts) {
    this.#parts = parts
    this.executions = new ExecutionReader(parts)
  }

  /** @param packet of at least one byte */
  read(packet: Packet, transport: Transport): CommandInFlight {
    const number = packet.bytes[packet.start] ?? 0
    const facts = commandFacts(number)
    const command = beginCommand(facts, this.#parts.session, transport, packet.startedAt, packet.position)
    command.sequence = (packet.lastSequence + 1) & 0xff
    // nearly all of them
    if (number === code.COM_QUERY) this.#readQuery(command, packet)
    else this.#readOther(number, command, packet)
    return command
  }

  #readOther(number: number, command: CommandInFlight, packet: Packet): void {
    switch (number) {
      case code.COM_INIT_DB:
        this.#readText(command, packet, packet.start + 1)
        command.change = isWhole(command) ? 'schema' : 'unknown'
        command.schema = textOf(command)
        break
      case code.COM_DROP_DB:
        this.#readText(command, packet, packet.start + 1)
        if (!isWhole(command)) command.change = 'unknown'
        else if (textOf(command) === this.#parts.session.database) command.change = 'schema'
        break
      case code.COM_STMT_PREPARE:
        this.#readText(command, packet, packet.start + 1)
        this.executions.prepare(command)
        break
      case code.COM_STMT_EXECUTE:
      case code.COM_STMT_BULK_EXECUTE:
        this.executions.read(command, packet, number === code.COM_STMT_EXECUTE ? 'execute' : 'bulk')
        if (preparesUse(this.#parts.session)) noteSchema(command, this.#parts.session)
        break
      case code.COM_STMT_FETCH:
        this.executions.readFetch(command, packet)
        break
      case code.COM_STMT_SEND_LONG_DATA:
        this.#readLongData(packet)
        break
      case code.COM_STMT_RESET:
      case code.COM_STMT_CLOSE: {
        const id = new Payload(packet.bytes, packet.start + 1, packet.end).integer(4)
        if (id === undefined) {
          this.#parts.statements.doubtTypes()
          break
        }
        if (number === code.COM_STMT_CLOSE) this.#parts.statements.delete(id)
        else this.#parts.statements.settle(id)
        break
      }
      case code.COM_RESET_CONNECTION:
        this.#parts.session.reading = plainReading
        break
      case code.COM_CHANGE_USER:
        readChangeUser(command, packet, this.#parts.session)
        break
      default:
        if (command.facts.text) this.#readText(command, packet, packet.start + 1)
    }
  }

  #readQuery(command: CommandInFlight, packet: Packet): void {
    const { bytes, start, end } = packet
    let at = plainTextStart(bytes, start + 1, this.#parts.session.capabilities)
    if (at === undefined) {
      const query = readQueryText(bytes, start + 1, end)
      if (query === undefined) {
        markIncomplete(command, 'the query attributes in front of the text cannot be read')
        command.change = 'unknown'
        return
      }
      at = query.start
      const { attributes } = query
      if (attributes !== null) {
        command.exchange.parameters = { ...attributes, bytes: copied(attributes.bytes, 0, attributes.length) }
      }
    }
    this.#readText(command, packet, at)
    noteSchema(command, this.#parts.session)
    if (mayChangeReading(command, this.#parts.session))
      beginSettings(this.#parts.session, command, textOf(command) ?? '')
  }

  #readText(command: CommandInFlight, packet: Packet, start: number): void {
    const { exchange } = command
    const kept = Math.max(0, Math.min(packet.end - start, this.#parts.limits.textBytes))
    exchange.textLength = Math.max(0, packet.length - (start - packet.start))
    exchange.text = copied(packet.bytes, start, start + kept)
    const isWhole = kept === exchange.textLength
    if (this.#parts.session.reading !== plainReading)
      readAs(command, this.#parts.session.reading, this.#parts.limits.textBytes)
    if (isWhole) return
    // attributes in front of it may take more than the room that they have
    const isCut = packet.end - packet.start >= this.#parts.limits.textBytes + requestSlackBytes
    if (isCut || kept === this.#parts.limits.textBytes) {
      this.#parts.counts.cutTexts++
      markIncomplete(command, `statement cut at ${kept} bytes`)
    } else {
      markIncomplete(command, gapInStatement)
    }
  }

  /** Statement id 4, parameter 2, data. */
  #readLongData(packet: Packet): void {
    const payload = new Payload(packet.bytes, packet.start + 1, packet.end)
    const id = payload.integer(4)
    const parameter = payload.integer(2)
    const data = payload.bytes.subarray(payload.offset, payload.end)
    const length = packet.length - (payload.offset - packet.start)
    const { statements } = this.#parts
    if (id === undefined || parameter === undefined || !statements.addLongData(id, parameter, data, length)) {
      statements.doubtLongData()
    }
  }
}

/** `USE` and `DROP DATABASE` change the schema; something may stand in front of them. */
function noteSchema(command: CommandInFlight, session: Session): void {
  const { exchange } = command
  const { database } = session
  if (!mayChangeSchema(exchange.text?.[0])) return
  const text = textOf(command) ?? ''
  if (!isWhole(command)) {
    const begun = text.trimStart().toLowerCase()
    // without the handshake a first byte may be the count of attributes
    if (/^[\0-\b]|^[ud/#-]?$|^us$|^use\b|^dro?p?$|^drop\s|^[/#-]|^execute\b/.test(begun)) command.change = 'unknown'
    if (begun !== '' && 'execute'.startsWith(begun)) command.change = 'unknown'
    return
  }
  const executed = preparesUse(session) ? schemaOfExecute(text) : null
  command.schema = schemaOfUse(text) ?? executed ?? null
  const isDropped = command.schema === null && database !== null && schemaDropped(text) === database
  const isHidden = executed === undefined && !session.tracksSchema
  if (command.schema !== null || isDropped || isHidden) command.change = 'schema'
}

/** MariaDB prepares a USE as it does any other statement; MySQL does not. */
function preparesUse({ serverVersion }: Session): boolean {
  return serverVersion === null || serverVersion.includes('MariaDB')
}

/** A SET, something in front of it, or anything where what it gave before may end. */
function mayChangeReading({ exchange: { text, textLength } }: CommandInFlight, { reading }: Session): boolean {
  if (text === null || reading !== plainReading || text.length < textLength) return true
  const first = text[0] ?? 0
  if (first === slash) return text[1] === asterisk && text[2] === exclamation
  return first <= 0x20 || (isLetter(first, 0x73) && isLetter(text[1], 0x65) && isLetter(text[2], 0x74))
}

const slash = 0x2f
const asterisk = 0x2a
const exclamation = 0x21

function isLetter(byte: number | undefined, lowerCase: number): boolean {
  return byte !== undefined && (byte | 0x20) === lowerCase
}

/** The first letters of USE, DROP and EXECUTE, white space, and the first bytes of comments. */
function mayChangeSchema(first: number | undefined): boolean {
  if (first === undefined || first <= 0x20) return true
  const letter = first | 0x20
  return letter === 0x75 || letter === 0x64 || letter === 0x65 || first === 0x2f || first === 0x2d || first === 0x23
}

function isWhole({ exchange }: CommandInFlight): boolean {
  return exchange.text !== null && exchange.text.length === exchange.textLength
}
