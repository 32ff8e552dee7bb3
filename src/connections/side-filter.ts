/** Lets only exchanges through that were observed at one end. An exchange seen at both ends was seen at either. */
import type { Exchange } from '../../parsers/exchange.ts'
import type { Ends } from './ends.ts'
import type { ExchangeSink } from './exchange-sink.ts'
import type { End } from './pair.ts'

export class SideFilter implements ExchangeSink {
  readonly #sink: ExchangeSink
  readonly #side: End

  constructor(sink: ExchangeSink, side: End) {
    this.#sink = sink
    this.#side = side
  }

  exchange(exchange: Exchange, ends: Ends): void {
    if (isObservedAt(this.#side, ends)) this.#sink.exchange(exchange, ends)
  }
}

export function isObservedAt(side: End, { observed }: Ends): boolean {
  return observed === side || observed === 'both'
}
