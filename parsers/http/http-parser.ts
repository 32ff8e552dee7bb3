/**
 * The HTTP/1.0 and HTTP/1.1 parser: two streams of bytes in, one exchange per request and its answer out. Whose turn it
 * is to speak, and what was said, decide; how the bytes were cut into chunks never does.
 */
import type { OnExchange } from '../exchange.ts'
import type { Parser, Side } from '../parser.ts'
import { ClientStream } from './client-stream.ts'
import { ExchangesInFlight } from './exchanges-in-flight.ts'
import { defaultHttpLimits, type HttpCounts, type HttpLimits } from './limits.ts'
import { ProxyHeader } from '../proxy-header.ts'
import { ServerStream } from './server-stream.ts'

export interface HttpParserOptions {
  /** The connection was there before the capture: the first bytes may be the middle of anything. */
  midlife?: boolean
  limits?: Partial<HttpLimits>
}

/** Throws nothing: bytes that are not HTTP/1 are treated like bytes that were lost, and counted. */
export class HttpParser implements Parser {
  readonly #flight: ExchangesInFlight
  readonly #client: ClientStream
  readonly #server: ServerStream
  /** In front of the client's first request; undefined: it is through, or there can be none. */
  #proxyHeader: ProxyHeader | undefined
  #proxyHeaderAt = 0
  #speaker: Side | undefined
  #ended = false

  constructor(onExchange: OnExchange, options: HttpParserOptions = {}) {
    const limits = { ...defaultHttpLimits, ...options.limits }
    const midlife = options.midlife ?? false
    this.#flight = new ExchangesInFlight(limits, onExchange)
    this.#server = new ServerStream(this.#flight, limits, midlife)
    this.#client = new ClientStream(this.#flight, this.#server, limits, midlife)
    this.#proxyHeader = midlife ? undefined : new ProxyHeader()
  }

  get counts(): Readonly<HttpCounts> {
    return this.#flight.counts
  }

  push(side: Side, chunk: Uint8Array, at: number, start = 0, end = chunk.length): void {
    if (start === end || this.#ended) return
    const bytes = end - start === chunk.length ? chunk : chunk.subarray(start, end)
    if (this.#flight.isOpaque) {
      this.#flight.counts.opaqueBytes += bytes.length
      return
    }
    if (this.#speaker !== side) this.#turnTo(side)
    if (side === 'server') this.#server.push(bytes, at)
    else if (this.#proxyHeader === undefined) this.#client.push(bytes, at)
    else this.#pushBehindProxy(this.#proxyHeader, bytes, at)
    if (this.#flight.isOpaque) this.#flight.abandon(null)
  }

  gap(side: Side, missing: number, at: number): void {
    if (missing <= 0 || this.#ended) return
    if (this.#flight.isOpaque) {
      this.#flight.counts.opaqueBytes += missing
      return
    }
    if (this.#speaker !== side) this.#turnTo(side)
    if (side === 'client') this.#endProxyHeader()
    if (side === 'client') this.#client.gap(missing)
    else this.#server.gap(missing, at)
  }

  /** @param stopped the capture ended and the connection goes on: a body that lasts until the close is not over */
  end(_at: number, stopped = false): void {
    if (this.#ended) return
    this.#ended = true
    this.#endProxyHeader()
    this.#server.end(stopped)
    this.#client.end()
    this.#flight.abandon(null)
  }

  #pushBehindProxy(header: ProxyHeader, bytes: Uint8Array, at: number): void {
    if (header.taken.length === 0) this.#proxyHeaderAt = at
    const passed = header.push(bytes)
    this.#flight.clientPosition += passed
    if (!header.through) return
    this.#endProxyHeader()
    this.#client.push(bytes.subarray(passed), at)
  }

  /** What was taken and is no header is the client's: nothing more comes that could make one of it. */
  #endProxyHeader(): void {
    const header = this.#proxyHeader
    if (header === undefined) return
    this.#proxyHeader = undefined
    this.#flight.proxied = header.client
    const { taken } = header
    this.#flight.clientPosition -= taken.length
    this.#client.push(taken, this.#proxyHeaderAt)
  }

  #turnTo(side: Side): void {
    if (side === 'server') this.#endProxyHeader()
    this.#speaker = side
    const [speaker, listener] = side === 'client' ? [this.#client, this.#server] : [this.#server, this.#client]
    listener.endTurn()
    speaker.beginTurn()
  }
}
