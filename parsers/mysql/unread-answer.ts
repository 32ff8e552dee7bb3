/** The end of an answer that could not be read packet by packet, told by its last bytes where these prove one. */
import { type CommandInFlight, isUnpaired, markIncomplete, markUnknown } from './command-in-flight.ts'
import { readErr } from './err.ts'
import { readEof } from './eof.ts'
import { readOk } from './ok.ts'
import { serverStatus } from './server-status.ts'
import type { Tail } from './tail.ts'

const headerErr = 0xff
const eofBytes = 5

/** @returns whether the last bytes seen end a result */
export function closeByTail(command: CommandInFlight, tail: Tail): boolean {
  const { exchange, facts } = command
  if ((facts.response !== 'results' && facts.response !== 'rows') || isUnpaired(command)) return false
  const closing = tail.closingPacket()
  if (closing === undefined) return false
  if (closing[0] === headerErr) {
    const err = readErr(closing, 0, closing.length)
    exchange.status = 'error'
    exchange.errorCode = err.code
    exchange.sqlState = err.sqlState
    exchange.errorMessage = err.message
    return true
  }
  const { status, warnings } =
    closing.length === eofBytes ? readEof(closing, 0, closing.length) : readOk(closing, 0, closing.length, false)
  if (status === null || (status & serverStatus.SERVER_MORE_RESULTS_EXISTS) !== 0) return false
  exchange.serverStatus = status
  exchange.warnings = warnings
  exchange.status = 'ok'
  return true
}

/** It is over, and nothing tells how. */
export function closeUnknown(command: CommandInFlight): void {
  markUnknown(command)
  if (!isUnpaired(command)) markIncomplete(command, 'a gap in the response')
  command.exchange.status = null
}
