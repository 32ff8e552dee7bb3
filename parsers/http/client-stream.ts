/** The client's half of a connection: requests, one after the other, each put in flight at its first byte. */
import { Body } from './body.ts'
import { noteRequestHead, noteRequestLine } from './exchange-fields.ts'
import { type ExchangesInFlight, markIncomplete, openExchange, type OpenExchange } from './exchanges-in-flight.ts'
import { requestFraming } from './framing.ts'
import { HeaderFields } from './header-fields.ts'
import { HeldBytes } from './held-bytes.ts'
import type { HttpLimits } from './limits.ts'
import { MessageHead } from './message-head.ts'
import { RequestLine } from './request-line.ts'
import type { ServerStream } from './server-stream.ts'

/**
 * `refused`: the answer came while the client held its body back; what follows is the body after all, or the next request.
 * `lost`: the next request's beginning is not known; `resuming`: perhaps these bytes are it.
 */
type State = 'between' | 'head' | 'body' | 'refused' | 'lost' | 'resuming'

export class ClientStream {
  #state: State
  readonly #flight: ExchangesInFlight
  readonly #server: ServerStream
  readonly #head: MessageHead<RequestLine>
  readonly #body = new Body()
  /** The request in hand; while lost, the one whose end is not known. */
  #current: OpenExchange | undefined
  readonly #held = new HeldBytes()
  #resumedAt = 0
  /** Lost indeed, not waiting for the answer to CONNECT and not new to the connection. */
  #lostRequests = false
  /** Since a loss, answers may belong to requests that were not seen. */
  #isUncertain = false

  constructor(flight: ExchangesInFlight, server: ServerStream, limits: HttpLimits, midlife: boolean) {
    this.#flight = flight
    this.#server = server
    this.#head = new MessageHead(new RequestLine(limits), new HeaderFields('request', limits), limits)
    this.#state = midlife ? 'lost' : 'between'
  }

  /** The client speaks after the server, or first of all: where a request begins, if one does. */
  beginTurn(): void {
    if (this.#state !== 'lost') return
    this.#state = 'resuming'
    this.#head.clear()
  }

  endTurn(): void {
    if (this.#state === 'resuming') this.#giveUpResuming()
    if (this.#state === 'refused') this.#goOn('body')
  }

  push(bytes: Uint8Array, at: number): void {
    let from = 0
    while (from < bytes.length) {
      const next = this.#read(bytes, from, at)
      this.#flight.clientPosition += next - from
      from = next
    }
  }

  #read(bytes: Uint8Array, from: number, at: number): number {
    switch (this.#state) {
      case 'between':
        return this.#readBetween(bytes, from, at)
      case 'head':
        return this.#readHead(bytes, from)
      case 'body':
        return this.#readBody(bytes, from)
      case 'refused':
        return this.#readRefused(bytes, from, at)
      case 'resuming':
        return this.#readResuming(bytes, from, at)
      case 'lost':
        this.#count(bytes.length - from)
        return bytes.length
    }
  }

  /** @param missing bytes that the client sent and nobody saw */
  gap(missing: number): void {
    if (this.#state === 'resuming') this.#giveUpResuming()
    let skipped = 0
    if (this.#state === 'refused') {
      this.#count(this.#held.take().length)
    } else if (this.#state === 'body' && !this.#isRefused) {
      skipped = this.#body.skip(missing)
      this.#count(skipped)
      if (this.#body.state === 'ended') this.#requestEnded()
    }
    if (skipped < missing) {
      if (this.#state !== 'lost') this.#lose('bytes of the request were not seen')
      this.#count(missing - skipped)
    }
    this.#flight.clientPosition += missing
  }

  end(): void {
    this.endTurn()
    const open = this.#current
    if (open !== undefined && this.#state === 'head') noteRequestHead(open, this.#head, this.#flight.counts)
    if (open !== undefined && this.#state === 'body') open.exchange.requestBodyBytes = this.#body.payloadBytes
    this.#release()
  }

  #release(): void {
    const current = this.#current
    this.#current = undefined
    if (current === undefined) return
    current.requestEnded = true
    this.#flight.settle(current)
  }

  /** Empty lines before a request are to be ignored (RFC 9112 section 2.2). */
  #readBetween(bytes: Uint8Array, from: number, at: number): number {
    const byte = bytes[from]
    if (byte === 0x0d || byte === 0x0a) {
      this.#flight.counts.strayBytes++
      return from + 1
    }
    this.#begin(at, this.#flight.clientPosition)
    this.#head.clear()
    return this.#readHead(bytes, from)
  }

  #begin(at: number, position: number): OpenExchange {
    this.#server.requestStarts()
    if (this.#flight.unanswered === 0 && this.#state === 'between') this.#isUncertain = false
    const open = openExchange(at, position, this.#flight.proxied)
    if (this.#isUncertain) markIncomplete(open, 'an answer to a lost request may have been taken for its own')
    this.#current = open
    this.#flight.add(open)
    this.#state = 'head'
    return open
  }

  #readHead(bytes: Uint8Array, from: number): number {
    const current = this.#current
    const wasStartLine = this.#head.state === 'start-line'
    const next = this.#head.read(bytes, from)
    this.#count(next - from)
    if (current === undefined || this.#head.state === 'start-line') return next
    if (wasStartLine) this.#judgeStartLine(current)
    if (this.#state === 'head' && this.#head.state === 'ended') this.#readEndOfHead(current)
    return next
  }

  #readResuming(bytes: Uint8Array, from: number, at: number): number {
    if (this.#head.length === 0) this.#resumedAt = at
    const before = this.#head.length
    const next = this.#head.read(bytes, from)
    if (this.#head.state === 'start-line') return next
    if (!this.#head.startLine.isCertain) {
      this.#giveUpResuming()
      return next
    }
    this.#release()
    this.#isUncertain = this.#lostRequests && this.#flight.mayBeMispaired
    this.#lostRequests = false
    this.#flight.dropUnread()
    const open = this.#begin(this.#resumedAt, this.#flight.clientPosition - before)
    this.#count(this.#head.length)
    this.#judgeStartLine(open)
    return next
  }

  #judgeStartLine(open: OpenExchange): void {
    const line = this.#head.startLine
    open.malformed = !line.valid
    if (line.valid) noteRequestLine(open, line, this.#flight.counts)
    else this.#lose(line.isHttp2Preface ? 'the client speaks HTTP/2' : 'the request is not HTTP/1')
  }

  #readEndOfHead(open: OpenExchange): void {
    noteRequestHead(open, this.#head, this.#flight.counts)
    const framing = requestFraming(this.#head.fields)
    if (framing.kind === 'faulty') return this.#lose(framing.because)
    this.#body.begin(framing)
    this.#state = 'body'
    if (this.#body.state === 'ended') this.#requestEnded()
  }

  get #isRefused(): boolean {
    return this.#body.untouched && this.#current?.answered === true && this.#current.expectsContinue
  }

  #readBody(bytes: Uint8Array, from: number): number {
    if (this.#isRefused) {
      this.#state = 'refused'
      return from
    }
    const next = this.#body.read(bytes, from)
    this.#count(next - from)
    if (this.#body.state === 'ended') this.#requestEnded()
    if (this.#body.state === 'faulty') this.#lose('the request is not chunked as it says')
    return next
  }

  /** A client that was refused (417, 413) may send its body or not (RFC 9110 section 10.1.1): the bytes tell. */
  #readRefused(bytes: Uint8Array, from: number, at: number): number {
    const isRequest = this.#held.beginsRequest(bytes, from, at)
    if (isRequest === undefined) return bytes.length
    this.#goOn(isRequest ? 'between' : 'body')
    return from
  }

  /** Reads the bytes that were held as what they turned out to be. */
  #goOn(state: 'between' | 'body'): void {
    if (state === 'between') this.#requestEnded()
    else this.#body.untouched = false
    const held = this.#held.take()
    this.#state = state
    this.#flight.clientPosition -= held.length
    this.push(held, this.#held.at)
  }

  #requestEnded(): void {
    const exchange = this.#current?.exchange
    if (exchange !== undefined) exchange.requestBodyBytes = this.#body.payloadBytes
    // What follows CONNECT is the tunnel's, if there will be one (RFC 9110 section 9.3.6).
    this.#state = exchange?.method === 'CONNECT' ? 'lost' : 'between'
    this.#release()
  }

  #lose(because: string): void {
    const current = this.#current
    this.#flight.counts.losses++
    this.#flight.answersToUnread = current === undefined ? 0 : 1
    this.#flight.dropUnread()
    this.#lostRequests = true
    if (current !== undefined) {
      const isInHead = this.#state === 'head' && this.#head.state !== 'ended'
      if (isInHead) noteRequestHead(current, this.#head, this.#flight.counts)
      markIncomplete(current, because)
    }
    this.#state = 'lost'
  }

  #giveUpResuming(): void {
    this.#state = 'lost'
    this.#count(this.#head.length)
  }

  /** Bytes of the request in hand; without one they are some unread request's. */
  #count(count: number): void {
    if (this.#current !== undefined) this.#current.exchange.requestBytes += count
    else this.#flight.unreadRequestBytes += count
  }
}
