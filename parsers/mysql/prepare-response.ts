/**
 * The answer to COM_STMT_PREPARE (manual, "COM_STMT_PREPARE Response"): 0x00, statement id 4, columns 2, parameters 2,
 * filler 1, warnings 2; with CLIENT_OPTIONAL_RESULTSET_METADATA whether definitions follow. Then those of the parameters
 * and those of the columns, each group with an EOF behind it unless CLIENT_DEPRECATE_EOF.
 */
import { has } from './capabilities.ts'
import type { CommandInFlight } from './command-in-flight.ts'
import type { Packet } from './packet.ts'
import { Payload } from './payload.ts'
import { type AnswerReader, okBytes, type Step } from './outcome.ts'

const headerOk = 0x00

export function readPrepared(
  command: CommandInFlight,
  packet: Packet,
  header: number | undefined,
  reader: AnswerReader,
): Step {
  const { session } = reader
  const payload = new Payload(packet.bytes, packet.start + 1, packet.end)
  const id = payload.integer(4)
  const columns = payload.integer(2)
  const parameters = payload.integer(2)
  payload.skip(1)
  const warnings = payload.integer(2)
  if (header !== headerOk || id === undefined || columns === undefined || parameters === undefined) return 'misframed'
  if (packet.end - packet.start < packet.length) return 'misframed'
  command.exchange.warnings = warnings ?? null
  reader.onPrepared(command, id, parameters)
  command.exchange.status = 'ok'
  const optional = has(session.capabilities, 'CLIENT_OPTIONAL_RESULTSET_METADATA') === true
  if (optional && payload.integer(1) === 0) return 'answered'
  // where it is not known whether EOFs come, they are expected, and the first that is missing tells
  const eofs = session.deprecateEof === true ? 0 : 1
  command.left = parameters === 0 ? 0 : parameters + eofs
  command.leftBehind = columns === 0 ? 0 : columns + eofs
  if (command.left + command.leftBehind === 0) return 'answered'
  command.exchange.status = 'unfinished'
  command.expected = 'prepared-definition'
  return 'more'
}

export function readPreparedDefinition(command: CommandInFlight, length: number, { session }: AnswerReader): Step {
  if (command.left === 0) nextGroup(command)
  if (session.deprecateEof === undefined && command.left === 1) {
    // no definition is as short: the header itself may be missing
    session.deprecateEof = length >= okBytes
    // the EOF did not come: this is the next group's first definition, and that has no EOF either
    if (session.deprecateEof) {
      nextGroup(command)
      command.left--
    }
  }
  command.left--
  if (command.left + command.leftBehind > 0) return 'more'
  command.exchange.status = 'ok'
  return 'answered'
}

function nextGroup(command: CommandInFlight): void {
  command.left = command.leftBehind
  command.leftBehind = 0
}

/** Whether only an EOF is missing that perhaps never comes: the answer is whole if something else begins now. */
export function lacksOnlyEof(command: CommandInFlight, { session }: AnswerReader): boolean {
  return (
    command.expected === 'prepared-definition' &&
    session.deprecateEof === undefined &&
    command.left + command.leftBehind === 1
  )
}
