/** The headers of IPv4 (RFC 791) and IPv6 (RFC 8200): addresses, where the packet ends on the wire, and what it carries. */
import { type Cursor, layer } from './cursor.ts'
import type { Fragments } from './fragments.ts'

const ipv4Bytes = 20
const ipv6Bytes = 40
/** The word before an IPv4 address in an IPv4-mapped IPv6 one. */
export const mappedIpv4 = 0xffff

const extension = {
  hopByHop: 0,
  routing: 43,
  fragment: 44,
  authentication: 51,
  destination: 60,
  mobility: 135,
} as const
const mostExtensions = 16

/** The version's nibble tells. */
export function ip(cursor: Cursor): void {
  if (!cursor.seen(1)) return
  const version = cursor.byte(cursor.offset) >> 4
  if (version === 4) cursor.next(layer.ipv4, 0)
  else if (version === 6) cursor.next(layer.ipv6, 0)
  else cursor.stop('other')
}

/**
 * version and header length 1, service 1, total length 2, identification 2, flags and fragment offset 2, time to live 1,
 * protocol 1, checksum 2, source 4, destination 4, options.
 */
export function ipv4(cursor: Cursor, fragments: Fragments): void {
  if (!cursor.seen(ipv4Bytes)) return
  const { offset } = cursor
  const headerBytes = (cursor.byte(offset) & 0xf) * 4
  const total = cursor.half(offset + 2)
  // 0: the sending card cuts it into packets later, and it is as long as the frame
  const wireEnd = total === 0 ? cursor.wireEnd : offset + total
  if (cursor.byte(offset) >> 4 !== 4 || headerBytes < ipv4Bytes || offset + headerBytes > wireEnd) {
    cursor.stop('broken')
    return
  }
  cursor.wireEnd = wireEnd
  if (cursor.end > wireEnd) cursor.end = wireEnd
  const { source, destination } = cursor
  source[0] = source[1] = destination[0] = destination[1] = 0
  source[2] = destination[2] = mappedIpv4
  source[3] = cursor.word(offset + 12)
  destination[3] = cursor.word(offset + 16)
  const fragment = cursor.half(offset + 6)
  const protocol = cursor.byte(offset + 9)
  if (!cursor.seen(headerBytes)) return
  cursor.next(layer.ipProtocol + protocol, headerBytes)
  // more fragments, or not the first
  if ((fragment & 0x3fff) !== 0) {
    fragments.add(cursor, protocol, cursor.half(offset + 4), (fragment & 0x1fff) * 8, (fragment & 0x2000) !== 0)
  }
}

/** version, class and flow 4, payload length 2, next header 1, hop limit 1, source 16, destination 16. */
export function ipv6(cursor: Cursor, fragments: Fragments): void {
  if (!cursor.seen(ipv6Bytes)) return
  const { offset } = cursor
  if (cursor.byte(offset) >> 4 !== 6) {
    cursor.stop('broken')
    return
  }
  const length = cursor.half(offset + 4)
  // 0: longer than 65,535, as long as the frame
  if (length !== 0) cursor.wireEnd = offset + ipv6Bytes + length
  if (cursor.end > cursor.wireEnd) cursor.end = cursor.wireEnd
  for (let word = 0; word < 4; word++) {
    cursor.source[word] = cursor.word(offset + 8 + word * 4)
    cursor.destination[word] = cursor.word(offset + 24 + word * 4)
  }
  const first = cursor.byte(offset + 6)
  cursor.next(layer.ipProtocol + first, ipv6Bytes)
  extensions(cursor, first, fragments)
}

function extensions(cursor: Cursor, first: number, fragments: Fragments): void {
  let header = first
  for (let count = 0; count < mostExtensions; count++) {
    const { offset } = cursor
    switch (header) {
      case extension.hopByHop:
      case extension.routing:
      case extension.destination:
      case extension.mobility:
        if (!cursor.seen(8)) return
        header = cursor.byte(offset)
        cursor.next(layer.ipProtocol + header, (cursor.byte(offset + 1) + 1) * 8)
        break
      case extension.authentication:
        if (!cursor.seen(8)) return
        header = cursor.byte(offset)
        cursor.next(layer.ipProtocol + header, (cursor.byte(offset + 1) + 2) * 4)
        break
      case extension.fragment: {
        if (!cursor.seen(8)) return
        header = cursor.byte(offset)
        const place = cursor.half(offset + 2)
        const identification = cursor.word(offset + 4)
        cursor.next(layer.ipProtocol + header, 8)
        // an atomic fragment is whole (RFC 6946)
        if ((place & 0xfff9) !== 0) fragments.add(cursor, header, identification, place & 0xfff8, (place & 1) !== 0)
        if (cursor.type === layer.nothing) return
        break
      }
      default:
        return
    }
  }
  cursor.stop('broken')
}
