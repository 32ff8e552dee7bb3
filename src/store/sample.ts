/** One example of each digest that is kept although it was fast: the first seen, then the slowest of the hour. */
import type { Exchange } from '../../parsers/exchange.ts'
import type { Ends } from '../connections/ends.ts'

/** After this many minutes a digest gets a new sample. */
const freshMinutes = 60

export class Sample {
  /** The slowest that was kept; less than any duration before the first. An unknown duration is −1. */
  durationNs = -2
  waiting: { exchange: Exchange; ends: Ends } | null = null
  #minute: number

  constructor(minute: number) {
    this.#minute = minute
  }

  /** Call when a minute begins. */
  age(minute: number): void {
    if (minute - this.#minute < freshMinutes) return
    this.#minute = minute
    this.durationNs = -2
  }

  take(exchange: Exchange, ends: Ends, durationNs: number): void {
    this.durationNs = durationNs
    this.waiting = { exchange, ends }
  }

  /** A slower exchange was stored for another reason. */
  supersede(durationNs: number): void {
    if (durationNs <= this.durationNs) return
    this.durationNs = durationNs
    this.waiting = null
  }
}
