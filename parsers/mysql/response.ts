/** The answer to a command, packet by packet (manual, "Text Resultset", "COM_STMT_PREPARE Response" and their neighbours). */
import { type CommandInFlight, markIncomplete } from './command-in-flight.ts'
import { readEof } from './eof.ts'
import { progressCode, readErr } from './err.ts'
import { type Ok, readOk } from './ok.ts'
import type { Packet } from './packet-reader.ts'
import { Payload } from './payload.ts'
import type { Session } from './session.ts'
import { serverStatus } from './server-status.ts'

/** `more`: the answer goes on. An `ok` may be one of several; the last is the one that ends it. */
export type Step = 'more' | 'answered' | 'misframed'

const headerOk = 0x00
const headerLocalInfile = 0xfb
const headerEof = 0xfe
const headerErr = 0xff
/** An EOF packet is shorter; a row that begins with 0xfe is longer than 2^24 (manual, "EOF_Packet"). */
const eofBytes = 9
const fullPart = 0xffffff
/** The shortest OK packet; an EOF packet has five bytes. */
const okBytes = 7

export interface AnswerReader {
  readonly session: Session
  /** An OK was read for this command. */
  onOk(command: CommandInFlight, ok: Ok): void
  onPrepared(command: CommandInFlight, id: number): void
}

export function readAnswer(command: CommandInFlight, packet: Packet, reader: AnswerReader): Step {
  const { bytes, start, end, length } = packet
  const header = length === 0 || start === end ? undefined : bytes[start]
  if (header === headerErr) return readError(command, packet)
  switch (command.expected) {
    case 'outcome':
      if (header === headerOk) return readOutcome(command, packet, reader)
      if (header === headerEof && length < eofBytes) return readEnd(command, packet, reader)
      command.expected = 'anything'
      markIncomplete(command, 'the answer has a form that is not known')
      return 'more'
    case 'result':
      return readResultHead(command, packet, header, reader)
    case 'definition':
      if (--command.left === 0) command.expected = reader.session.deprecateEof === true ? 'row' : 'row-or-eof'
      return 'more'
    case 'row-or-eof':
      command.expected = 'row'
      if (header === headerEof && length < okBytes) {
        reader.session.deprecateEof = false
        noteStatus(command, readEof(bytes, start, end))
        const cursor = ((command.exchange.serverStatus ?? 0) & serverStatus.SERVER_STATUS_CURSOR_EXISTS) !== 0
        if (cursor) command.exchange.status = 'ok'
        return cursor ? 'answered' : 'more'
      }
      reader.session.deprecateEof = true
      return readRow(command, packet, header, reader)
    case 'row':
      return readRow(command, packet, header, reader)
    case 'prepare-ok':
      return readPrepared(command, packet, header, reader)
    case 'prepared-definition':
      return readPreparedDefinition(command, header, length, reader)
    case 'definitions-eof':
      return header === headerEof && length < eofBytes ? readEnd(command, packet, reader) : 'more'
    case 'text':
      return 'answered'
    case 'local-infile':
      return header === headerOk ? readOutcome(command, packet, reader) : 'misframed'
    case 'authentication':
      return header === headerOk ? readOutcome(command, packet, reader) : 'more'
    case 'anything':
      return 'more'
  }
}

function readError(command: CommandInFlight, { bytes, start, end }: Packet): Step {
  const err = readErr(bytes, start, end)
  if (err.code === progressCode) return 'more'
  const { exchange } = command
  exchange.status = 'error'
  exchange.errorCode = err.code
  exchange.sqlState = err.sqlState
  exchange.errorMessage = err.message
  return 'answered'
}

function readOutcome(command: CommandInFlight, packet: Packet, reader: AnswerReader): Step {
  const ok = readOk(packet.bytes, packet.start, packet.end, reader.session.capabilities)
  const { exchange } = command
  if (exchange.rowsAffected !== null)
    exchange.rowsAffected = ok.rowsAffected === null ? null : exchange.rowsAffected + ok.rowsAffected
  if (ok.lastInsertId !== 0) exchange.lastInsertId = ok.lastInsertId
  noteStatus(command, ok)
  reader.onOk(command, ok)
  return finishResult(command)
}

/** An EOF, or the OK that stands in its place, after rows. */
function readEnd(command: CommandInFlight, packet: Packet, reader: AnswerReader): Step {
  if (packet.length >= okBytes) {
    const ok = readOk(packet.bytes, packet.start, packet.end, reader.session.capabilities)
    noteStatus(command, ok)
    reader.onOk(command, ok)
  } else {
    noteStatus(command, readEof(packet.bytes, packet.start, packet.end))
  }
  return finishResult(command)
}

function noteStatus({ exchange }: CommandInFlight, from: { status: number | null; warnings: number | null }): void {
  exchange.serverStatus = from.status ?? exchange.serverStatus
  exchange.warnings = from.warnings ?? exchange.warnings
}

function finishResult(command: CommandInFlight): Step {
  const { exchange } = command
  if (
    ((exchange.serverStatus ?? 0) & serverStatus.SERVER_MORE_RESULTS_EXISTS) !== 0 &&
    command.facts.response === 'results'
  ) {
    command.expected = 'result'
    return 'more'
  }
  exchange.status = 'ok'
  return 'answered'
}

function readResultHead(
  command: CommandInFlight,
  packet: Packet,
  header: number | undefined,
  reader: AnswerReader,
): Step {
  if (header === undefined) return 'misframed'
  if (header === headerOk) return readOutcome(command, packet, reader)
  if (header === headerEof && packet.length < eofBytes) return readEnd(command, packet, reader)
  if (header === headerLocalInfile) {
    command.expected = 'local-infile'
    command.left = 0
    return 'more'
  }
  const payload = new Payload(packet.bytes, packet.start, packet.end)
  const columns = payload.length()
  if (columns === undefined || columns === 0 || payload.left > 1) return 'misframed'
  if (command.exchange.resultSets !== null) command.exchange.resultSets++
  // CLIENT_OPTIONAL_RESULTSET_METADATA and MariaDB's cached metadata: a second byte, 0 where no definitions follow
  const described = payload.left === 0 || payload.integer(1) !== 0
  command.left = columns
  const deprecateEof = reader.session.deprecateEof
  command.expected = described ? 'definition' : deprecateEof === true ? 'row' : 'row-or-eof'
  return 'more'
}

function readRow(command: CommandInFlight, packet: Packet, header: number | undefined, reader: AnswerReader): Step {
  // with CLIENT_DEPRECATE_EOF an OK can be as long as its session state; a row with this header is longer than a part
  const longest = reader.session.deprecateEof === false ? eofBytes : fullPart
  if (header === headerEof && packet.length < longest) return readEnd(command, packet, reader)
  if (command.exchange.rowsReturned !== null) command.exchange.rowsReturned++
  return 'more'
}

/** COM_STMT_PREPARE_OK: 0x00, statement id 4, columns 2, parameters 2, filler 1, warnings 2. */
function readPrepared(
  command: CommandInFlight,
  packet: Packet,
  header: number | undefined,
  reader: AnswerReader,
): Step {
  const payload = new Payload(packet.bytes, packet.start + 1, packet.end)
  const id = payload.integer(4)
  const columns = payload.integer(2)
  const parameters = payload.integer(2)
  if (header !== headerOk || id === undefined || columns === undefined || parameters === undefined) return 'misframed'
  payload.skip(1)
  command.exchange.warnings = payload.integer(2) ?? null
  reader.onPrepared(command, id)
  command.exchange.status = 'ok'
  // where it is not known whether EOFs come, they are expected, and the first that is missing tells
  const eofs = reader.session.deprecateEof === true ? 0 : 1
  command.left = parameters === 0 ? 0 : parameters + eofs
  command.then = columns === 0 ? 0 : columns + eofs
  if (command.left + command.then === 0) return 'answered'
  command.exchange.status = 'unfinished'
  command.expected = 'prepared-definition'
  return 'more'
}

function readPreparedDefinition(
  command: CommandInFlight,
  header: number | undefined,
  length: number,
  { session }: AnswerReader,
): Step {
  if (command.left === 0) nextGroup(command)
  if (session.deprecateEof === undefined && command.left === 1) {
    session.deprecateEof = !(header === headerEof && length < okBytes)
    // the EOF did not come: this is the next group's first definition, and that has no EOF either
    if (session.deprecateEof) {
      nextGroup(command)
      command.left--
    }
  }
  command.left--
  if (command.left + command.then > 0) return 'more'
  command.exchange.status = 'ok'
  return 'answered'
}

function nextGroup(command: CommandInFlight): void {
  command.left = command.then
  command.then = 0
}

/** Whether only an EOF is missing that perhaps never comes: the answer is whole if something else begins now. */
export function lacksOnlyEof(command: CommandInFlight, { session }: AnswerReader): boolean {
  return (
    command.expected === 'prepared-definition' &&
    session.deprecateEof === undefined &&
    command.left + command.then === 1
  )
}
