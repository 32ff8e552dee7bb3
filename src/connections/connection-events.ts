/** What a connection tells whoever keeps the connections. */
import type { Verdict, Way } from '../../parsers/detection.ts'
import type { Exchange } from '../../parsers/exchange.ts'
import type { HttpCounts } from '../../parsers/http/limits.ts'
import type { MysqlCounts } from '../../parsers/mysql/limits.ts'
import type { Connection } from './connection.ts'

export interface ConnectionEvents {
  /** Of all connections together. */
  readonly mysqlCounts: MysqlCounts
  /** A connection's HTTP parser is done. */
  httpCounts(counts: Readonly<HttpCounts>): void
  /** Bytes that came before it was known what the connection speaks, more than are kept. */
  droppedUndecided(bytes: number): void
  /** More was read behind a send that has not returned than can wait for it: the order of the two is given up. */
  disordered(): void
  exchange(connection: Connection, exchange: Exchange): void
  /** Bytes begin to move the other way, and the other end is looked for by them. @param sequence TCP sequence number of the first of them */
  turned(connection: Connection, way: Way, sequence: number): void
  /** It is known what the connection speaks, or that it speaks nothing that is followed. */
  decided(connection: Connection, verdict: Verdict): void
  /** What speaks MySQL goes on over TLS: nothing more of it can be followed. */
  encrypted(connection: Connection): void
  /** An answer may have to be ended when the connection is quiet: see Parser.settle. */
  unsettled(connection: Connection): void
}
