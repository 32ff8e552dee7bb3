/** What is said of an answer whose beginning or end was not seen. */
import { statusOf } from './exchange-fields.ts'
import { markIncomplete, type OpenExchange } from './exchanges-in-flight.ts'
import type { HttpCounts } from './limits.ts'

/** Bytes that cannot be read are still bytes of the answer that is due; if none is, they are nobody's. */
export function countUnreadable(open: OpenExchange | undefined, bytes: number, counts: HttpCounts): void {
  if (open === undefined) {
    counts.strayBytes += bytes
    return
  }
  open.exchange.responseBytes += bytes
  markIncomplete(open, 'the beginning of the response was not seen')
}

/** The answer was the only one on its way and is over, so the last byte seen was its last. */
export function closeUnread(open: OpenExchange | undefined, lastAt: number): void {
  if (open === undefined || open.exchange.statusCode === null) return
  open.exchange.endedAt = lastAt
  open.exchange.status = statusOf(open.exchange.statusCode)
}

/** An HTTP/0.9 answer of less than a line: it looked like the beginning of a head, until the end. */
export function endHeadless({ exchange }: OpenExchange, firstByteAt: number, endedAt: number | null): void {
  if (exchange.httpVersion !== '0.9' || exchange.statusCode !== null) return
  exchange.firstByteAt = firstByteAt
  exchange.responseBodyBytes = exchange.responseBytes
  exchange.endedAt = endedAt
  if (endedAt !== null) exchange.status = 'ok'
}
