/** A TCP conversation written down segment by segment, with right sequence numbers unless it is told others. */
import { Buffer } from 'node:buffer'
import { Endpoints } from '../../src/packets/endpoints.ts'
import { type Segment, tcpFlag } from '../../src/packets/segment.ts'
import { Reassembly, type ReassemblyOptions } from '../../src/tcp/reassembly.ts'
import { Told } from './told.ts'

export type Sender = 'client' | 'server'

export interface Changes {
  at?: number
  flags?: number
  sequence?: number
  acknowledgement?: number
  /** Bytes that the capture kept of the payload. */
  seen?: number
  path?: number
}

export class Conversation {
  readonly next: Record<Sender, number>
  /** Milliseconds between two segments, unless `at` is told. */
  readonly #stepNs = 1e6
  readonly #source: number
  readonly #destination: number
  #at = 0

  constructor(
    endpoints: Endpoints,
    clientPort = 40_000,
    initial: Record<Sender, number> = { client: 100, server: 500 },
  ) {
    this.next = { ...initial }
    this.#source = endpoints.idOf(0, 0, 0xffff, 0x0a000001, clientPort)
    this.#destination = endpoints.idOf(0, 0, 0xffff, 0x0a000002, 3306)
  }

  /** The next segment of this end. What it changes is changed in this segment only. */
  send(sender: Sender, payload: string | Uint8Array, changes: Changes = {}): Segment {
    const bytes = typeof payload === 'string' ? Buffer.from(payload, 'latin1') : payload
    const flags = changes.flags ?? tcpFlag.ack
    const other = sender === 'client' ? 'server' : 'client'
    const sequence = changes.sequence ?? this.next[sender]
    const counted = bytes.length + ((flags & (tcpFlag.syn | tcpFlag.fin)) === 0 ? 0 : 1)
    if (changes.sequence === undefined) this.next[sender] = (sequence + counted) >>> 0
    this.#at = changes.at ?? this.#at + this.#stepNs
    return {
      at: this.#at,
      source: sender === 'client' ? this.#source : this.#destination,
      destination: sender === 'client' ? this.#destination : this.#source,
      sequence: sequence >>> 0,
      acknowledgement: (flags & tcpFlag.ack) === 0 ? 0 : (changes.acknowledgement ?? this.next[other]) >>> 0,
      flags,
      payload: bytes,
      payloadStart: 0,
      payloadEnd: Math.min(bytes.length, changes.seen ?? Infinity),
      payloadLength: bytes.length,
      timed: true,
      path: changes.path ?? 0,
    }
  }

  client(payload: string | Uint8Array, changes?: Changes): Segment {
    return this.send('client', payload, changes)
  }

  server(payload: string | Uint8Array, changes?: Changes): Segment {
    return this.send('server', payload, changes)
  }

  handshake(): Segment[] {
    return [
      this.client('', { flags: tcpFlag.syn }),
      this.server('', { flags: tcpFlag.syn | tcpFlag.ack }),
      this.client(''),
    ]
  }

  /** Both ends' FINs, and the last acknowledgement. */
  farewell(): Segment[] {
    const fin = tcpFlag.fin | tcpFlag.ack
    return [this.client('', { flags: fin }), this.server('', { flags: fin }), this.client('')]
  }
}

export interface Reassembled {
  told: Told
  reassembly: Reassembly
}

/** Tells segments to a reassembly, each in memory that is overwritten by the next. */
export function reassembled(
  segments: readonly Segment[],
  endpoints: Endpoints,
  limits: ReassemblyOptions['limits'] = {},
): Reassembled {
  const told = new Told()
  const reassembly = new Reassembly({ sink: told, endpoints, limits })
  const memory = Buffer.alloc(1 << 17)
  const start = 7
  for (const segment of segments) {
    memory.fill(0x2a)
    memory.set(segment.payload.subarray(segment.payloadStart, segment.payloadEnd), start)
    const seen = segment.payloadEnd - segment.payloadStart
    reassembly.segment({ ...segment, payload: memory, payloadStart: start, payloadEnd: start + seen })
  }
  reassembly.end()
  return { told, reassembly }
}
