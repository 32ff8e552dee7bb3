/** Totals of one digest from one caller in one minute, while they grow in memory. */
import type { Exchange } from '../../parsers/exchange.ts'
import type { Digest } from '../digest/digest-table.ts'
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
  minNs = Number.POSITIVE_INFINITY
  maxNs = -1
  rowsReturned = 0
  rowsAffected = 0
  noIndexUsed = 0
  requestBytes = 0
  responseBytes = 0
  /** Nanoseconds since the capture began: the first start, the last end. */
  firstAt = Number.POSITIVE_INFINITY
  lastAt = 0
  readonly histogram = new Histogram()

  constructor(caller: Caller, digest: Digest, protocol: Protocol, sample: Sample, minute: number) {
    this.caller = caller
    this.digest = digest
    this.protocol = protocol
    this.sample = sample
    this.minute = minute
  }

  /** @param durationNs less than 0: not known */
  add(exchange: Exchange, durationNs: number): void {
    const startedAt = exchange.startedAt
    this.count++
    if (startedAt < this.firstAt) this.firstAt = startedAt
    if (durationNs >= 0) {
      this.timed++
      this.sumNs += durationNs
      if (durationNs < this.minNs) this.minNs = durationNs
      if (durationNs > this.maxNs) this.maxNs = durationNs
      this.histogram.add(durationNs)
      if (startedAt + durationNs > this.lastAt) this.lastAt = startedAt + durationNs
    } else if (startedAt > this.lastAt) this.lastAt = startedAt
    this.requestBytes += exchange.requestBytes
    this.responseBytes += exchange.responseBytes
    if (exchange.status === 'error') this.errors++
    else if (exchange.status === 'unfinished') this.unfinished++
    if (exchange.incompleteBecause !== null) this.incomplete++
    if (exchange.protocol !== 'mysql') return
    if (exchange.rowsReturned !== null) this.rowsReturned += exchange.rowsReturned
    if (exchange.rowsAffected !== null) this.rowsAffected += exchange.rowsAffected
    if (exchange.serverStatus !== null && (exchange.serverStatus & serverStatus.SERVER_QUERY_NO_INDEX_USED) !== 0)
      this.noIndexUsed++
  }

  /** Back to nothing, after it was written. */
  clear(): void {
    this.count = this.timed = this.errors = this.unfinished = this.incomplete = 0
    this.sumNs = this.rowsReturned = this.rowsAffected = this.noIndexUsed = this.requestBytes = this.responseBytes = 0
    this.minNs = this.firstAt = Number.POSITIVE_INFINITY
    this.maxNs = -1
    this.lastAt = 0
    this.histogram.clear()
  }
}
