/** The events of a recording, to be told to connections with changes. */
import { fileURLToPath } from 'node:url'
import { Connections } from '../../src/connections/connections.ts'
import type { Ends } from '../../src/connections/ends.ts'
import { RecordedCapture } from '../../src/capture/recorded-capture.ts'
import type { Opened, SourceSink } from '../../src/capture/source.ts'
import type { Exchange } from '../../parsers/exchange.ts'
import type { ProcessIdentity } from '../../src/kubernetes/process-identity.ts'
import { timelineOf } from '../packets/timeline-of.ts'

type Moved = Parameters<SourceSink['moved']>
type Closed = Parameters<SourceSink['closed']>

export type Event =
  | { kind: 'opened'; opened: Opened; identity: ProcessIdentity | null }
  | { kind: 'moved'; moved: Moved }
  | { kind: 'closed'; closed: Closed }

export interface Seen {
  exchange: Exchange
  ends: Ends
}

export async function recordedEvents(): Promise<Event[]> {
  const events: Event[] = []
  const path = fileURLToPath(new URL('../../fixtures/recordings/mysql2-and-http.qtap', import.meta.url))
  const sink: SourceSink = {
    opened: (opened, identity) => events.push({ kind: 'opened', opened, identity }),
    moved: (...[id, direction, position, moved, sequence, inFlight, bytes, at, ...part]) => {
      const seen = bytes.slice(...part)
      events.push({ kind: 'moved', moved: [id, direction, position, moved, sequence, inFlight, seen, at] })
    },
    closed: (...closed) => events.push({ kind: 'closed', closed }),
    tick() {},
  }
  const timeline = timelineOf((header) => new RecordedCapture(header, sink))
  await timeline.run((await timeline.plan([{ path, named: true }])) ?? 0n)
  return events
}

/** @returns what comes out, with the ids that were ignored */
export function told(events: Event[]): { seen: Seen[]; ignored: number[] } {
  const seen: Seen[] = []
  const ignored: number[] = []
  const connections = new Connections({
    sink: { exchange: (exchange, ends) => seen.push({ exchange: { ...exchange }, ends }) },
    ignore: (id) => ignored.push(id),
  })
  for (const event of events) {
    tell(connections, event)
  }
  connections.end(1e12)
  return { seen, ignored }
}

export function tell(connections: Connections, event: Event): void {
  if (event.kind === 'opened') connections.opened(event.opened, event.identity)
  else if (event.kind === 'moved') connections.moved(...event.moved)
  else connections.closed(...event.closed)
}

/** What an exchange says, without when and where. */
export function said({ exchange }: Seen): string {
  if (exchange.protocol === 'http')
    return JSON.stringify([exchange.method, exchange.path, exchange.statusCode, exchange.status])
  const { command, text, rowsReturned, rowsAffected, errorCode, status, user, database } = exchange
  const statement = text === null ? null : Buffer.from(text).toString()
  return JSON.stringify([command, statement, rowsReturned, rowsAffected, errorCode, status, user, database])
}
