/**
 * The requests of one connection that wait for their answers, in order (RFC 9112 section 9.3.2). The client's stream adds
 * them, the server's stream answers them; an exchange leaves when both of its messages are through.
 */
import type { HttpExchange, OnExchange } from '../exchange.ts'
import type { ProxiedClient } from '../proxy-header.ts'
import { noHttpCounts, type HttpLimits } from './limits.ts'

/** An exchange on its way, and what is known of its two messages. */
export interface OpenExchange {
  readonly exchange: HttpExchange
  requestEnded: boolean
  answered: boolean
  expectsContinue: boolean
  /** Beyond the limit of requests in flight: parsed, not kept. */
  overflowed: boolean
  /** The client sent what is not HTTP/1. */
  malformed: boolean
}

export function openExchange(startedAt: number, requestPosition: number, proxied: ProxiedClient | null): OpenExchange {
  const exchange: HttpExchange = {
    protocol: 'http',
    startedAt,
    firstByteAt: null,
    endedAt: null,
    status: 'unfinished',
    requestBytes: 0,
    responseBytes: 0,
    requestPosition,
    transport: 'plain',
    proxied,
    networkNs: null,
    incompleteBecause: null,
    method: null,
    path: null,
    query: null,
    host: null,
    statusCode: null,
    httpVersion: null,
    userAgent: null,
    contentType: null,
    requestBodyBytes: null,
    responseBodyBytes: null,
  }
  return { exchange, requestEnded: false, answered: false, expectsContinue: false, overflowed: false, malformed: false }
}

/** The first reason stays: what follows is mostly its consequence. */
export function markIncomplete(open: OpenExchange, because: string): void {
  open.exchange.incompleteBecause ??= because
}

export class ExchangesInFlight {
  readonly counts = noHttpCounts()
  /** The connection is a tunnel now, or never was HTTP/1: its bytes are counted and that is all. */
  isOpaque = false
  /** Client bytes of requests that could not be read: whoever is answered without a request had them. */
  unreadRequestBytes = 0
  /** How many bytes of the client's stream have come. */
  clientPosition = 0
  /** For whom a proxy speaks, by the PROXY header in front of all. */
  proxied: ProxiedClient | null = null
  /** Requests were sent before the one ahead of them was answered: after a loss, counting answers proves nothing. */
  isPipelined = false
  /** Answers without a request since the client's stream was last lost. */
  answersToUnread = 0
  readonly #limits: HttpLimits
  readonly #onExchange: OnExchange
  readonly #queue: OpenExchange[] = []
  #overflowed = 0

  constructor(limits: HttpLimits, onExchange: OnExchange) {
    this.#limits = limits
    this.#onExchange = onExchange
  }

  get unanswered(): number {
    return this.#queue.length - (this.#queue[0]?.answered === true ? 1 : 0) + this.#overflowed
  }

  /** A gap may hide requests: their answers are accounted for only when nothing waits and one came for a lost request. */
  get mayBeMispaired(): boolean {
    return this.unanswered > 0 || this.isPipelined || this.answersToUnread === 0
  }

  add(open: OpenExchange): void {
    if (this.unanswered > 0) this.isPipelined = true
    if (this.#overflowed > 0 || this.#queue.length >= this.#limits.pendingRequests) {
      open.overflowed = true
      this.#overflowed++
      this.counts.overflowedRequests++
    } else {
      this.#queue.push(open)
    }
  }

  /** The request that the next answer belongs to; without taking it. */
  firstUnanswered(): OpenExchange | undefined {
    const first = this.#queue[0]
    return first?.answered === true ? this.#queue[1] : first
  }

  /** The same for an answer that begins: where its request was not kept, or not seen, an exchange without one. */
  takeUnanswered(at: number): OpenExchange {
    const first = this.firstUnanswered()
    if (first !== undefined) return first
    const open = openExchange(at, this.clientPosition - this.unreadRequestBytes, this.proxied)
    open.requestEnded = true
    open.exchange.requestBytes = this.unreadRequestBytes
    this.unreadRequestBytes = 0
    if (this.#overflowed > 0) {
      this.#overflowed--
      markIncomplete(open, `more than ${this.#limits.pendingRequests} requests were waiting for answers`)
    } else {
      this.answersToUnread++
      markIncomplete(open, 'the request was not seen')
    }
    this.#queue.push(open)
    return open
  }

  /** The client's stream is readable again, or lost again: nobody was answered for these bytes. */
  dropUnread(): void {
    this.counts.strayBytes += this.unreadRequestBytes
    this.unreadRequestBytes = 0
  }

  /** Gives the exchange out if both its messages are through. An answer can come before its request's end. */
  settle(open: OpenExchange): void {
    if (!open.answered || !open.requestEnded || open.overflowed) return
    const index = this.#queue.indexOf(open)
    if (index === -1) return
    if (index === 0) this.#queue.shift()
    else this.#queue.splice(index, 1)
    this.#onExchange(open.exchange)
  }

  /** No answer to these will be recognised any more. */
  abandon(because: string | null): void {
    this.#overflowed = 0
    for (const open of this.#queue.splice(0)) {
      if (because !== null && !open.answered) markIncomplete(open, because)
      this.#onExchange(open.exchange)
    }
  }

  /** Neither side speaks HTTP/1: there is no exchange to tell of. */
  forget(open: OpenExchange): void {
    const index = this.#queue.indexOf(open)
    if (index !== -1) this.#queue.splice(index, 1)
    this.counts.opaqueBytes += open.exchange.requestBytes + open.exchange.responseBytes
  }
}
