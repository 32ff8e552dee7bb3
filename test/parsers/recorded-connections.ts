/** The MySQL connections of a recording, as what each side sent. */
import { RecordedCapture } from '../../src/capture/recorded-capture.ts'
import type { SourceSink } from '../../src/capture/source.ts'
import { timelineOf } from '../packets/timeline-of.ts'
import type { Moved } from './recorded-losses.ts'

interface Recorded {
  client: boolean
  midLife: boolean
  positions: { sent: number; received: number }
  events: Moved[]
}

/** @returns those that were seen from their beginning on, and whose roles are known */
export async function recordedConnections(path: string): Promise<Moved[][]> {
  const connections = new Map<number, Recorded>()
  const sink: SourceSink = {
    opened({ connection, role, midLife }) {
      if (role === null) return
      const positions = { sent: 0, received: 0 }
      connections.set(connection, { client: role === 'connected', midLife, positions, events: [] })
    },
    moved(id, direction, position, moved, _sequence, _inFlight, bytes, at, start = 0, end = bytes.length) {
      const connection = connections.get(id)
      if (connection === undefined) return
      const side = (direction === 'sent') === connection.client ? 'client' : 'server'
      const hole = position - connection.positions[direction]
      if (hole > 0) connection.events.push({ side, bytes: new Uint8Array(0), missing: hole, at })
      if (hole < 0) connection.midLife = true
      connection.positions[direction] = position + moved
      connection.events.push({ side, bytes: bytes.slice(start, end), missing: moved - (end - start), at })
    },
    closed() {},
    tick() {},
  }
  const timeline = timelineOf((header) => new RecordedCapture(header, sink))
  await timeline.run((await timeline.plan([{ path, named: true }])) ?? 0n)
  return [...connections.values()].filter((one) => !one.midLife && speaksMysql(one.events)).map(({ events }) => events)
}

const protocolVersion = 10

function speaksMysql([first]: readonly Moved[]): boolean {
  return first?.side === 'server' && first.bytes[4] === protocolVersion
}
