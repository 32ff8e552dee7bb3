/** Totals of one digest from one caller in one minute, while they grow in memory. */
import type { Exchange } from '../../parsers/exchange.ts'
import type { Ends } from '../connections/ends.ts'
import type { Digest } from '../digest/digest-table.ts'
import { type Verb, verbOf } from '../findings/verb.ts'
import { serverStatus } from '../../parsers/mysql/server-status.ts'
import type { Caller } from './caller.ts'
import { Histogram } from './histogram.ts'
import type { Protocol } from './identities.ts'
import type { Sample } from './sample.ts'

export class Total {
  readonly caller: Caller
  readonly digest: Digest
  readonly protocol: Protocol
  readonly sample: Sample
  /** Minutes since the capture's own first minute. */
  readonly minute: number
  count = 0
  /** How many have a duration. */
  timed = 0
  errors = 0
  unfinished = 0
  incomplete = 0
  sumNs = 0
  /** Of the squares of the durations: what the variance comes from. */
  sumNs2 = 0
  minNs = Number.POSITIVE_INFINITY
  maxNs = -1
  /** How many are known to have returned so many rows. */
  rowsKnown = 0
  rowsReturned = 0
  minRows = Number.POSITIVE_INFINITY
  maxRows = -1
  rowsAffected = 0
  maxAffected = -1
  noIndexUsed = 0
  /** Time of those, and the slowest of them. */
  noIndexNs = 0
  noIndexWorst: { exchange: Exchange; ends: Ends; durationNs: number } | null = null
  requestBytes = 0
  maxRequestBytes = 0
  responseBytes = 0
  maxResponseBytes = 0
  /** Nanoseconds since the capture began: the first start, the last end. */
  firstAt = Number.POSITIVE_INFINITY
  lastAt = 0
  readonly histogram = new Histogram()
  readonly verb: Verb

  constructor(caller: Caller, digest: Digest, protocol: Protocol, sample: Sample, minute: number) {
    this.caller = caller
    this.digest = digest
    this.protocol = protocol
    this.sample = sample
    this.minute = minute
    this.verb = protocol === 'mysql' ? verbOf(digest.text) : 'other'
  }

  /** @param durationNs less than 0: not known */
  add(exchange: Exchange, ends: Ends, durationNs: number): void {
    const startedAt = exchange.startedAt
    this.count++
    if (startedAt < this.firstAt) this.firstAt = startedAt
    if (durationNs >= 0) {
      this.timed++
      this.sumNs += durationNs
      this.sumNs2 += durationNs * durationNs
      if (durationNs < this.minNs) this.minNs = durationNs
      if (durationNs > this.maxNs) this.maxNs = durationNs
      this.histogram.add(durationNs)
      if (startedAt + durationNs > this.lastAt) this.lastAt = startedAt + durationNs
    } else if (startedAt > this.lastAt) this.lastAt = startedAt
    const { requestBytes, responseBytes } = exchange
    this.requestBytes += requestBytes
    this.responseBytes += responseBytes ?? 0
    if (requestBytes > this.maxRequestBytes) this.maxRequestBytes = requestBytes
    if (responseBytes !== null && responseBytes > this.maxResponseBytes) this.maxResponseBytes = responseBytes
    if (exchange.status === 'error') this.errors++
    else if (exchange.status === 'unfinished') this.unfinished++
    if (exchange.incompleteBecause !== null) this.incomplete++
    if (exchange.protocol !== 'mysql') return
    this.#addRows(exchange.rowsReturned, exchange.rowsAffected)
    if (exchange.serverStatus !== null && (exchange.serverStatus & serverStatus.SERVER_QUERY_NO_INDEX_USED) !== 0) {
      this.noIndexUsed++
      if (durationNs > 0) this.noIndexNs += durationNs
      if (durationNs > (this.noIndexWorst?.durationNs ?? -1)) this.noIndexWorst = { exchange, ends, durationNs }
    }
  }

  #addRows(returned: number | null, affected: number | null): void {
    if (returned !== null) {
      this.rowsKnown++
      this.rowsReturned += returned
      if (returned < this.minRows) this.minRows = returned
      if (returned > this.maxRows) this.maxRows = returned
    }
    if (affected !== null) {
      this.rowsAffected += affected
      if (affected > this.maxAffected) this.maxAffected = affected
    }
  }

  /** Back to nothing, after it was written. */
  clear(): void {
    this.count = this.timed = this.errors = this.unfinished = this.incomplete = 0
    this.sumNs = this.sumNs2 = this.rowsKnown = this.rowsReturned = this.rowsAffected = this.noIndexUsed = 0
    this.requestBytes = this.maxRequestBytes = this.responseBytes = this.maxResponseBytes = 0
    this.minNs = this.minRows = this.firstAt = Number.POSITIVE_INFINITY
    this.maxNs = this.maxRows = this.maxAffected = -1
    this.lastAt = 0
    this.noIndexNs = 0
    this.noIndexWorst = null
    this.histogram.clear()
  }
}
