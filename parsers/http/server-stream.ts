/**
 * The server's half of a connection: answers, each joined to the oldest request that waits for one. Interim answers
 * (1xx, RFC 9110 section 15.2) count as bytes of the answer they precede, and their time is not the answer's.
 */
import { Body } from './body.ts'
import { isInterim, noteResponseHead, statusOf } from './exchange-fields.ts'
import { type ExchangesInFlight, markIncomplete, type OpenExchange } from './exchanges-in-flight.ts'
import { responseFraming } from './framing.ts'
import { HeaderFields } from './header-fields.ts'
import type { HttpLimits } from './limits.ts'
import { closeUnread, countUnreadable, endHeadless } from './lost-answers.ts'
import { MessageHead } from './message-head.ts'
import { StatusLine } from './status-line.ts'

/**
 * `between`: before an answer's first byte, or between an interim answer and the next.
 * `lost`: the next answer's beginning is not known; `resuming`: perhaps these bytes are it.
 */
type State = 'between' | 'head' | 'body' | 'lost' | 'resuming' | 'opaque'

export class ServerStream {
  #state: State
  readonly #flight: ExchangesInFlight
  readonly #head: MessageHead<StatusLine>
  readonly #body = new Body()
  /** What is being answered; set from an answer's first byte to its last. */
  #current: OpenExchange | undefined
  /** When the first byte of the head in hand came, and the last byte of all. */
  #headAt = 0
  #lastAt = 0
  /** Lost: whether the server's next turn may begin with an answer, because a request went before it. */
  #mayResume: boolean

  constructor(flight: ExchangesInFlight, limits: HttpLimits, midlife: boolean) {
    this.#flight = flight
    this.#head = new MessageHead(new StatusLine(), new HeaderFields('response', limits), limits)
    this.#state = midlife ? 'lost' : 'between'
    this.#mayResume = midlife
  }

  /** The server speaks after the client, or first of all. */
  beginTurn(): void {
    if (this.#state !== 'lost' || !this.#mayResume) return
    this.#state = 'resuming'
    this.#head.clear()
  }

  endTurn(): void {
    if (this.#state === 'resuming') this.#giveUpResuming()
  }

  push(bytes: Uint8Array, at: number): void {
    this.#lastAt = at
    let from = 0
    while (from < bytes.length) from = this.#read(bytes, from, at)
  }

  #read(bytes: Uint8Array, from: number, at: number): number {
    switch (this.#state) {
      case 'between':
        return this.#readBetween(bytes, from, at)
      case 'head':
        return this.#readHead(bytes, from, at)
      case 'body':
        return this.#readBody(bytes, from, at)
      case 'resuming':
        return this.#readResuming(bytes, from, at)
      case 'lost':
        this.#countUnreadable(bytes.length - from)
        return bytes.length
      case 'opaque':
        this.#flight.counts.opaqueBytes += bytes.length - from
        return bytes.length
    }
  }

  /** @param missing bytes that the server sent and nobody saw */
  gap(missing: number, at: number): void {
    this.#lastAt = at
    if (this.#state === 'body') {
      this.#skipBody(missing, at)
    } else if (this.#state === 'opaque') {
      this.#flight.counts.opaqueBytes += missing
    } else {
      if (this.#state === 'resuming') this.#giveUpResuming()
      else if (this.#state !== 'lost') this.#lose('bytes of the response head were not seen')
      this.#mayResume = false
      this.#countUnreadable(missing)
    }
  }

  /** A request begins: a boundary of the client's stream that tells something of this one. */
  requestStarts(): void {
    const current = this.#current
    // A request that was not seen may have been HEAD: what its answer says of a body is true until the client goes on.
    if (this.#state === 'body' && current?.exchange.method === null) this.#lose('the request was not seen')
    if (this.#state !== 'lost' && this.#state !== 'resuming') return
    // One request at a time: what waited was answered, for the client goes on. With several, answers cannot be told apart.
    this.#mayResume = this.#flight.unanswered <= 1
    this.#closeUnread()
    this.#flight.abandon('bytes of the response were not seen')
  }

  /** @param stopped the capture ended, the connection did not */
  end(stopped: boolean): void {
    if (this.#state === 'resuming') this.#giveUpResuming()
    if (this.#state === 'lost' && !stopped) this.#closeUnread()
    const current = this.#current
    if (current !== undefined && this.#state === 'head') {
      noteResponseHead(current, this.#head, this.#headAt, this.#flight.counts)
      endHeadless(current, this.#headAt, stopped ? null : this.#lastAt)
    }
    if (current !== undefined && this.#state === 'body') {
      if (this.#body.kind === 'until-close' && !stopped) this.#answered(current, this.#lastAt)
      else current.exchange.responseBodyBytes = this.#body.payloadBytes
    }
    this.#state = 'opaque'
    this.#current = undefined
  }

  #readBetween(bytes: Uint8Array, from: number, at: number): number {
    this.#current ??= this.#flight.takeUnanswered(at)
    this.#headAt = at
    this.#head.clear()
    this.#state = 'head'
    return this.#readHead(bytes, from, at)
  }

  #readHead(bytes: Uint8Array, from: number, at: number): number {
    const current = this.#current
    const next = this.#head.read(bytes, from)
    if (current === undefined) return next
    current.exchange.responseBytes += next - from
    if (this.#head.state === 'start-line') return next
    if (!this.#head.startLine.valid) this.#readHeadless(current)
    else if (this.#head.state === 'ended') this.#readEndOfHead(current, at)
    return next
  }

  #readResuming(bytes: Uint8Array, from: number, at: number): number {
    if (this.#head.length === 0) this.#headAt = at
    const next = this.#head.read(bytes, from)
    if (this.#head.state === 'start-line') return next
    if (!this.#head.startLine.valid) {
      this.#giveUpResuming()
      return next
    }
    this.#current = this.#flight.takeUnanswered(this.#headAt)
    this.#current.exchange.responseBytes += this.#head.length
    this.#state = 'head'
    return next
  }

  /** A simple answer, without status line and fields, is what a request without a version gets (HTTP/0.9). */
  #readHeadless(current: OpenExchange): void {
    if (current.exchange.httpVersion === '0.9') {
      current.exchange.firstByteAt = this.#headAt
      this.#body.begin({ kind: 'until-close' })
      this.#body.skip(this.#head.length)
      this.#state = 'body'
    } else if (current.malformed) {
      this.#flight.forget(current)
      this.#goOpaque()
    } else {
      this.#lose('the answer does not begin with a status line')
    }
  }

  #readEndOfHead(current: OpenExchange, at: number): void {
    const { statusCode } = this.#head.startLine
    noteResponseHead(current, this.#head, this.#headAt, this.#flight.counts)
    this.#state = 'between'
    if (isInterim(statusCode)) return
    const framing = responseFraming(statusCode, current.exchange.method, this.#head.fields)
    if (framing.kind === 'faulty') return this.#lose(framing.because)
    this.#body.begin(framing.kind === 'tunnel' ? { kind: 'length', bytes: 0 } : framing)
    this.#state = 'body'
    if (this.#body.state === 'ended') this.#answered(current, at)
    if (framing.kind === 'tunnel') this.#goOpaque()
  }

  #goOpaque(): void {
    this.#flight.isOpaque = true
    this.#state = 'opaque'
  }

  #readBody(bytes: Uint8Array, from: number, at: number): number {
    const current = this.#current
    const next = this.#body.read(bytes, from)
    if (current === undefined) return next
    current.exchange.responseBytes += next - from
    if (this.#body.state === 'ended') this.#answered(current, at)
    if (this.#body.state === 'faulty') this.#lose('the response is not chunked as it says')
    return next
  }

  #skipBody(missing: number, at: number): void {
    const current = this.#current
    const skipped = this.#body.skip(missing)
    if (current === undefined) return
    current.exchange.responseBytes += skipped
    if (this.#body.state === 'ended') this.#answered(current, at)
    if (skipped === missing) return
    if (this.#state === 'body') {
      this.#lose('bytes between the chunks of the response were not seen')
      this.#countUnreadable(missing - skipped)
    } else {
      this.gap(missing - skipped, at)
    }
  }

  #answered(current: OpenExchange, at: number): void {
    const { exchange } = current
    exchange.endedAt = at
    exchange.responseBodyBytes = this.#body.payloadBytes
    exchange.status = statusOf(exchange.statusCode)
    current.answered = true
    this.#current = undefined
    this.#state = 'between'
    this.#flight.settle(current)
  }

  #lose(because: string): void {
    this.#flight.counts.losses++
    const open = this.#current ?? this.#flight.firstUnanswered()
    if (open !== undefined) {
      const isInHead = this.#state === 'head' && this.#head.state !== 'ended'
      if (isInHead) noteResponseHead(open, this.#head, this.#headAt, this.#flight.counts)
      markIncomplete(open, because)
    }
    this.#state = 'lost'
    this.#mayResume = false
  }

  #giveUpResuming(): void {
    this.#state = 'lost'
    this.#mayResume = false
    this.#countUnreadable(this.#head.length)
  }

  #countUnreadable(count: number): void {
    countUnreadable(this.#current ?? this.#flight.firstUnanswered(), count, this.#flight.counts)
  }

  #closeUnread(): void {
    if (this.#flight.unanswered === 1) closeUnread(this.#current ?? this.#flight.firstUnanswered(), this.#lastAt)
    this.#current = undefined
  }
}
