/** The answer to a command, packet by packet: which form each has follows from the command and from the packet before. */
import { type CommandInFlight, markIncomplete } from './command-in-flight.ts'
import { type AnswerReader, eofBytes, readEnd, readError, readOutcome, type Step } from './outcome.ts'
import type { Packet } from './packet.ts'
import { readPrepared, readPreparedDefinition } from './prepare-response.ts'
import { readResultHead, readRow, readRowOrEof } from './result-set.ts'

const headerOk = 0x00
const headerEof = 0xfe
const headerErr = 0xff

export function readAnswer(command: CommandInFlight, packet: Packet, reader: AnswerReader): Step {
  const { bytes, start, end, length } = packet
  const header = length === 0 || start === end ? undefined : bytes[start]
  if (header === headerErr) return readError(command, packet)
  switch (command.expected) {
    case 'outcome':
      if (header === headerOk) return readOutcome(command, packet, reader)
      if (header === headerEof && length < eofBytes) return readEnd(command, packet, reader)
      if (header === undefined) return 'misframed'
      command.expected = 'anything'
      markIncomplete(command, 'the answer has a form that is not known')
      return 'more'
    case 'result':
      return readResultHead(command, packet, header, reader)
    case 'definition':
      if (--command.left === 0) command.expected = reader.session.deprecateEof === true ? 'row' : 'row-or-eof'
      return 'more'
    case 'row-or-eof':
      return readRowOrEof(command, packet, header, reader)
    case 'row':
      return readRow(command, packet, header, reader)
    case 'prepare-ok':
      return readPrepared(command, packet, header, reader)
    case 'prepared-definition':
      return readPreparedDefinition(command, length, reader)
    case 'definitions-eof':
      return header === headerEof ? readEnd(command, packet, reader) : header === undefined ? 'misframed' : 'more'
    case 'text':
      command.exchange.status = 'ok'
      return 'answered'
    case 'local-infile':
      return header === headerOk ? readOutcome(command, packet, reader) : 'misframed'
    case 'authentication':
      if (header === undefined) return 'misframed'
      return header === headerOk ? readOutcome(command, packet, reader) : 'more'
    case 'stream':
      return header === headerEof && length < eofBytes ? readEnd(command, packet, reader) : 'more'
    case 'anything':
      return 'more'
  }
}
