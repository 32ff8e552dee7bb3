/** Carries over to the exchange what its two heads say, or as much of them as was read. */
import type { OpenExchange } from './exchanges-in-flight.ts'
import { markIncomplete } from './exchanges-in-flight.ts'
import type { HttpCounts } from './limits.ts'
import type { MessageHead } from './message-head.ts'
import type { RequestLine } from './request-line.ts'
import type { StatusLine } from './status-line.ts'

export function noteRequestLine(open: OpenExchange, line: RequestLine, counts: HttpCounts): void {
  const { exchange } = open
  exchange.method = line.method
  exchange.path = line.path
  exchange.query = line.query
  exchange.host = line.authority
  exchange.httpVersion = line.version
  if (!line.cut) return
  counts.cutTexts++
  markIncomplete(open, 'the request target is longer than its limit')
}

export function noteRequestHead(open: OpenExchange, head: MessageHead<RequestLine>, counts: HttpCounts): void {
  noteLength(open, head, counts, 'the request head is too long to be read in full')
  if (!head.startLine.valid) return
  open.exchange.host ??= head.fields.host
  open.exchange.userAgent = head.fields.userAgent
  open.expectsContinue = head.fields.expect?.toLowerCase() === '100-continue'
}

/** An interim head (1xx) says nothing of the answer. @param headAt when the head's first byte came */
export function noteResponseHead(
  open: OpenExchange,
  head: MessageHead<StatusLine>,
  headAt: number,
  counts: HttpCounts,
): void {
  noteLength(open, head, counts, 'the response head is too long to be read in full')
  if (!head.startLine.valid || isInterim(head.startLine.statusCode)) return
  const { exchange } = open
  exchange.firstByteAt = headAt
  exchange.statusCode = head.startLine.statusCode
  exchange.httpVersion ??= head.startLine.version
  exchange.contentType = head.fields.contentType
}

/** 101 is the last answer of its connection, though of the class of interim ones (RFC 9110 section 15.2.2). */
export function isInterim(statusCode: number): boolean {
  return statusCode < 200 && statusCode !== 101
}

export function statusOf(statusCode: number | null): 'ok' | 'error' {
  return statusCode !== null && statusCode >= 500 ? 'error' : 'ok'
}

function noteLength(
  open: OpenExchange,
  head: MessageHead<RequestLine | StatusLine>,
  counts: HttpCounts,
  because: string,
): void {
  if (head.fields.cut) {
    counts.cutTexts++
    markIncomplete(open, 'a header field is longer than its limit')
  }
  if (!head.isTooLong) return
  counts.longHeads++
  markIncomplete(open, because)
}
