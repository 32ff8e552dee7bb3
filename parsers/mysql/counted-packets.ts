/**
 * Packets of an answer of which nothing is read but that they are there: definitions of columns, and rows. They lie one
 * after the other in a chunk, and are passed over together.
 */
import { anySequence, type CommandInFlight } from './command-in-flight.ts'
import { fullPart, headerBytes, threeBytes } from './packet-header.ts'

const headerEof = 0xfe
const headerErr = 0xff

/**
 * @param start of a packet. @param firstAt when its first byte was seen, and `at` its last
 * @returns how many bytes were passed over; 0 where the packet at `start` has to be read
 */
export function passCounted(
  command: CommandInFlight,
  bytes: Uint8Array,
  start: number,
  end: number,
  at: number,
  firstAt: number,
): number {
  const { expected } = command
  if (expected !== 'row' && expected !== 'definition') return 0
  // the last definition changes what is expected
  const most = expected === 'row' ? Infinity : command.left - 1
  const ends = expected === 'row' ? headerEof : headerErr
  let { sequence } = command
  let offset = start
  let count = 0
  while (count < most && end - offset > headerBytes) {
    const length = threeBytes(bytes, offset)
    const next = offset + headerBytes + length
    if (next > end || length === 0 || length === fullPart || (bytes[offset + headerBytes] ?? 0) >= ends) break
    if (sequence !== anySequence) {
      if (bytes[offset + 3] !== sequence) break
      sequence = (sequence + 1) & 0xff
    }
    offset = next
    count++
  }
  if (count === 0) return 0
  const { exchange } = command
  command.sequence = sequence
  command.lastByteAt = at
  exchange.firstByteAt ??= firstAt
  if (expected === 'definition') command.left -= count
  else if (exchange.rowsReturned !== null) exchange.rowsReturned += count
  return offset - start
}
