/** The packets that end an answer, or one of its results (manual, "OK_Packet", "EOF_Packet", "ERR_Packet"). */
import { has } from './capabilities.ts'
import { type CommandInFlight, markIncomplete } from './command-in-flight.ts'
import { readEof } from './eof.ts'
import { progressCode, readErr } from './err.ts'
import { type Ok, readOk } from './ok.ts'
import type { Packet } from './packet.ts'
import { finishResult, noteResult } from './results.ts'
import type { Session } from './session.ts'

/** `more`: the answer goes on. An `ok` may be one of several; the last is the one that ends it. */
export type Step = 'more' | 'answered' | 'misframed'

/** An EOF packet is shorter; a row that begins with 0xfe is longer than 2^24 (manual, "EOF_Packet"). */
export const eofBytes = 9
/** The shortest OK packet; an EOF packet has five bytes. */
export const okBytes = 7

export interface AnswerReader {
  readonly session: Session
  /** An OK was read for this command. @param ofRows it stands in an EOF's place, behind rows */
  onOk(command: CommandInFlight, ok: Ok, ofRows: boolean): void
  /** A COM_STMT_PREPARE succeeded. */
  onPrepared(command: CommandInFlight, id: number, parameters: number): void
}

export function readError(command: CommandInFlight, { bytes, start, end, length, endedAt }: Packet): Step {
  const err = readErr(bytes, start, end)
  if (err.code === progressCode) return 'more'
  const { exchange } = command
  exchange.status = 'error'
  exchange.errorCode = err.code
  exchange.sqlState = err.sqlState
  exchange.errorMessage = err.message
  if (end - start < length) markIncomplete(command, 'a gap in the response')
  if (exchange.results !== null) noteResult(command, 'error', endedAt)
  return 'answered'
}

export function readOutcome(command: CommandInFlight, packet: Packet, reader: AnswerReader): Step {
  const ok = readOkOf(packet, reader)
  if (ok.status === null || ok.rowsAffected === null || ok.warnings === null) return 'misframed'
  const { exchange } = command
  if (exchange.rowsAffected !== null) exchange.rowsAffected += ok.rowsAffected
  if (ok.lastInsertId !== 0) exchange.lastInsertId = ok.lastInsertId
  exchange.serverStatus = ok.status
  exchange.warnings = ok.warnings
  const step = finishResult(command, 'ok', packet.endedAt)
  reader.onOk(command, ok, false)
  return step
}

function readOkOf({ bytes, start, end, length }: Packet, { session }: AnswerReader): Ok {
  const tracked = has(session.capabilities, 'CLIENT_SESSION_TRACK')
  return readOk(bytes, start, end, tracked ?? (end - start === length ? undefined : false))
}

/** An EOF, or the OK that stands in its place, after rows. */
export function readEnd(command: CommandInFlight, packet: Packet, reader: AnswerReader): Step {
  const { exchange } = command
  if (packet.length >= okBytes) {
    const ok = readOkOf(packet, reader)
    if (ok.status === null || ok.warnings === null) return 'misframed'
    exchange.serverStatus = ok.status
    exchange.warnings = ok.warnings
    const step = finishResult(command, 'rows', packet.endedAt)
    reader.onOk(command, ok, true)
    return step
  }
  const eof = readEof(packet.bytes, packet.start, packet.end)
  if (eof.status === null && packet.length > 1) return 'misframed'
  exchange.serverStatus = eof.status ?? exchange.serverStatus
  exchange.warnings = eof.warnings ?? exchange.warnings
  return finishResult(command, 'rows', packet.endedAt)
}
