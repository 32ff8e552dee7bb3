/** What was asked and is not answered yet: of a connection that is observed at both ends, each exchange once. */
import type { Exchange } from '../../parsers/exchange.ts'
import type { Connection } from './connection.ts'
import { bothEndsOf, type Ends } from './ends.ts'

export interface Unanswered {
  /** It goes on changing: whoever keeps something of it copies that. */
  readonly exchange: Exchange
  readonly ends: Ends
}

/** @param startedBy only what began up to then, in nanoseconds since the capture began */
export function unansweredOf(connections: Iterable<Connection>, startedBy: number): Unanswered[] {
  const found: Unanswered[] = []
  for (const connection of connections) {
    if (connection.ends === null || connection.ignored) continue
    for (const exchange of connection.unanswered()) {
      if (exchange.startedAt > startedBy) continue
      const ends = endsOfUnanswered(connection, exchange)
      if (ends !== null) found.push({ exchange, ends })
    }
  }
  return found
}

/** @returns null where the other end tells of it, or where it has left already: the other end saw its answer */
function endsOfUnanswered(connection: Connection, exchange: Exchange): Ends | null {
  const { counterpart, pair, end, ends } = connection
  if (counterpart === null || pair === null || counterpart.ends === null || end === null) return ends
  const sequence = connection.sequenceOf(exchange)
  if (pair.knows(sequence)) return null
  const other = counterpart.unanswered().some((each) => counterpart.sequenceOf(each) === sequence)
  if (!other) return ends
  if (end === 'server') return null
  connection.bothEnds ??= bothEndsOf(connection)
  return connection.bothEnds
}
