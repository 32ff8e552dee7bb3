/** Nearly every packet of a capture, in one step: Ethernet, IPv4 without options or fragments, TCP. Layouts: link-layer.ts, internet.ts. */
import type { Cursor } from './cursor.ts'
import { mappedIpv4 } from './internet.ts'

const ethernetBytes = 14
const ipv4Bytes = 20
const tcpBytes = 20
const tcp = 6
/** Version 4, a header of five words. */
const versionAndLength = 0x45

/** Moves the cursor to the segment. @returns false where it is anything else: then nothing has moved */
export function usual(cursor: Cursor): boolean {
  const { bytes, offset, end } = cursor
  const ip = offset + ethernetBytes
  if (ip + ipv4Bytes + tcpBytes > end) return false
  if (bytes[ip - 2] !== 0x08 || bytes[ip - 1] !== 0x00) return false
  if (bytes[ip] !== versionAndLength || bytes[ip + 9] !== tcp) return false
  const total = cursor.half(ip + 2)
  if (total < ipv4Bytes || (cursor.half(ip + 6) & 0x3fff) !== 0) return false
  cursor.offset = ip + ipv4Bytes
  cursor.wireEnd = ip + total
  if (end > cursor.wireEnd) cursor.end = cursor.wireEnd
  const { source, destination } = cursor
  source[0] = source[1] = destination[0] = destination[1] = 0
  source[2] = destination[2] = mappedIpv4
  source[3] = cursor.word(ip + 12)
  destination[3] = cursor.word(ip + 16)
  return true
}
