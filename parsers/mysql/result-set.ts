/** Result sets (manual, "Text Resultset", "Binary Protocol Resultset"): column count, definitions, rows, each told apart by header and length only. */
import { capability, mariadbCapability } from './capabilities.ts'
import type { CommandInFlight } from './command-in-flight.ts'
import { readEof } from './eof.ts'
import type { Packet } from './packet.ts'
import { Payload } from './payload.ts'
import { type AnswerReader, eofBytes, okBytes, readEnd, readOutcome, type Step } from './outcome.ts'
import type { Session } from './session.ts'
import { serverStatus } from './server-status.ts'

const headerOk = 0x00
const headerLocalInfile = 0xfb
const headerEof = 0xfe
const fullPart = 0xffffff

export function readResultHead(
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
  const { session } = reader
  // nearly all of them
  if (packet.length === 1 && header < 0xfb) {
    if (command.exchange.resultSets !== null) command.exchange.resultSets++
    command.left = header
    command.expected = 'definition'
    return 'more'
  }
  const payload = new Payload(packet.bytes, packet.start, packet.end)
  const columns = payload.length()
  const isWhole = packet.end - packet.start === packet.length
  if (columns === undefined || columns === 0 || !isWhole || payload.left > flagBytes(session)) return 'misframed'
  if (command.exchange.resultSets !== null) command.exchange.resultSets++
  // CLIENT_OPTIONAL_RESULTSET_METADATA and MariaDB's cached metadata: a second byte, 0 where no definitions follow
  const described = payload.left === 0 || payload.integer(1) !== 0
  command.left = columns
  command.expected = described ? 'definition' : session.deprecateEof === true ? 'row' : 'row-or-eof'
  return 'more'
}

/** Behind the column count a byte can say whether definitions follow. @returns how many bytes may stand there */
export function flagBytes({ capabilities, mariadbCapabilities }: Session): number {
  const isOptional = capabilities === undefined || (capabilities & capability.CLIENT_OPTIONAL_RESULTSET_METADATA) !== 0
  return isOptional || (mariadbCapabilities & mariadbCapability.MARIADB_CLIENT_CACHE_METADATA) !== 0 ? 1 : 0
}

/** Behind the definitions an EOF stands, unless CLIENT_DEPRECATE_EOF: where the handshake was not seen, this packet tells. */
export function readRowOrEof(
  command: CommandInFlight,
  packet: Packet,
  header: number | undefined,
  reader: AnswerReader,
): Step {
  const { session } = reader
  command.expected = 'row'
  if (header === headerEof && packet.length < okBytes) {
    const { status, warnings } = readEof(packet.bytes, packet.start, packet.end)
    if (status === null) return 'misframed'
    session.deprecateEof = false
    command.exchange.serverStatus = status
    command.exchange.warnings = warnings
    // the rows stay at the server: COM_STMT_FETCH gets them
    if ((status & serverStatus.SERVER_STATUS_CURSOR_EXISTS) === 0) return 'more'
    command.exchange.status = 'ok'
    return 'answered'
  }
  if (header === undefined || session.deprecateEof === false) return 'misframed'
  session.deprecateEof = true
  return readRow(command, packet, header, reader)
}

export function readRow(
  command: CommandInFlight,
  packet: Packet,
  header: number | undefined,
  reader: AnswerReader,
): Step {
  if (header === undefined) return 'misframed'
  // with CLIENT_DEPRECATE_EOF an OK can be as long as its session state; a row with this header is longer than a part
  const longest = reader.session.deprecateEof === false ? eofBytes : fullPart
  if (header === headerEof && packet.length < longest) return readEnd(command, packet, reader)
  if (command.exchange.rowsReturned !== null) command.exchange.rowsReturned++
  return 'more'
}
