/** Where exchanges go once the connection that they belong to is known. */
import type { Exchange } from '../../parsers/exchange.ts'
import type { Ends } from './ends.ts'

export interface ExchangeSink {
  /** @param ends the same object for all exchanges of a connection, until more is known of its ends */
  exchange(exchange: Exchange, ends: Ends): void
}
