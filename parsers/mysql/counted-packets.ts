/**
 * Packets of an answer of which little is read but that they are there: a result's column count, definitions with the EOF
 * behind them, and rows. They lie one after the other in a chunk, and are passed over together. One that is not as it
 * usually is stays, and is read by itself.
 */
import { anySequence, type CommandInFlight } from './command-in-flight.ts'
import { fullPart, headerBytes, threeBytes } from './packet-header.ts'
import { flagBytes } from './result-set.ts'
import { serverStatus } from './server-status.ts'
import type { Session } from './session.ts'

const headerOk = 0x00
const headerLocalInfile = 0xfb
const headerEof = 0xfe
const headerErr = 0xff
const eofLength = 5

/**
 * @param start of a packet. @param firstAt when its first byte was seen, and `at` its last
 * @returns how many bytes were passed over; 0 where the packet at `start` has to be read
 */
export function passCounted(
  command: CommandInFlight,
  session: Session,
  bytes: Uint8Array,
  start: number,
  end: number,
  at: number,
  firstAt: number,
): number {
  let offset = start
  if (command.expected === 'result') offset = passColumnCount(command, session, bytes, offset, end)
  if (command.expected === 'definition') offset = passDefinitions(command, session, bytes, offset, end)
  if (command.expected === 'row-or-eof') offset = passEof(command, session, bytes, offset, end)
  if (command.expected === 'row') offset = passRows(command, bytes, offset, end)
  if (offset === start) return 0
  command.lastByteAt = at
  command.exchange.firstByteAt ??= firstAt
  return offset - start
}

/** @returns where the packet at `offset` ends; −1 where it is not whole, is empty, or not the next one */
function endOfNext(bytes: Uint8Array, offset: number, end: number, sequence: number): number {
  if (end - offset <= headerBytes) return -1
  const length = threeBytes(bytes, offset)
  const next = offset + headerBytes + length
  if (next > end || length === 0 || length === fullPart) return -1
  return sequence === anySequence || bytes[offset + 3] === sequence ? next : -1
}

function following(sequence: number): number {
  return sequence === anySequence ? anySequence : (sequence + 1) & 0xff
}

function passColumnCount(
  command: CommandInFlight,
  session: Session,
  bytes: Uint8Array,
  offset: number,
  end: number,
): number {
  const payload = offset + headerBytes
  const next = endOfNext(bytes, offset, end, command.sequence)
  const columns = bytes[payload] ?? 0
  if (next < 0 || columns === headerOk || columns >= headerLocalInfile) return offset
  const flagged = next - payload - 1
  if (flagged > 0 && (flagged > flagBytes(session) || bytes[payload + 1] === 0)) return offset
  command.sequence = following(command.sequence)
  if (command.exchange.resultSets !== null) command.exchange.resultSets++
  command.left = columns
  command.expected = 'definition'
  return next
}

function passDefinitions(
  command: CommandInFlight,
  { deprecateEof }: Session,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  let { left, sequence } = command
  let offset = start
  while (left > 0) {
    const next = endOfNext(bytes, offset, end, sequence)
    if (next < 0 || bytes[offset + headerBytes] === headerErr) break
    sequence = following(sequence)
    offset = next
    left--
  }
  command.left = left
  command.sequence = sequence
  if (left === 0 && offset > start) command.expected = deprecateEof === true ? 'row' : 'row-or-eof'
  return offset
}

/** Behind the definitions, where it is known that it comes: header 0xfe, warnings 2, status flags 2. */
function passEof(
  command: CommandInFlight,
  { deprecateEof }: Session,
  bytes: Uint8Array,
  offset: number,
  end: number,
): number {
  const payload = offset + headerBytes
  const next = deprecateEof === false ? endOfNext(bytes, offset, end, command.sequence) : -1
  if (next !== payload + eofLength || bytes[payload] !== headerEof) return offset
  const status = (bytes[payload + 3] ?? 0) | ((bytes[payload + 4] ?? 0) << 8)
  // it ends the answer
  if ((status & serverStatus.SERVER_STATUS_CURSOR_EXISTS) !== 0) return offset
  command.exchange.serverStatus = status
  command.exchange.warnings = (bytes[payload + 1] ?? 0) | ((bytes[payload + 2] ?? 0) << 8)
  command.sequence = following(command.sequence)
  command.expected = 'row'
  return next
}

function passRows(command: CommandInFlight, bytes: Uint8Array, start: number, end: number): number {
  let { sequence } = command
  let offset = start
  let rows = 0
  for (;;) {
    const next = endOfNext(bytes, offset, end, sequence)
    if (next < 0 || (bytes[offset + headerBytes] ?? 0) >= headerEof) break
    sequence = following(sequence)
    offset = next
    rows++
  }
  command.sequence = sequence
  if (command.exchange.rowsReturned !== null) command.exchange.rowsReturned += rows
  return offset
}
