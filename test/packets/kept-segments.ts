/** Keeps what a segment showed, for tests: the segment itself is overwritten by the next. */
import { Buffer } from 'node:buffer'
import type { Endpoints } from '../../src/packets/endpoints.ts'
import { type Segment, type SegmentSink, tcpFlag } from '../../src/packets/segment.ts'

export interface KeptSegment {
  at: number
  /** `10.0.0.1:3306`. */
  source: string
  destination: string
  sequence: number
  acknowledgement: number
  /** `syn+ack`. */
  flags: string
  payload: string
  payloadLength: number
  path: number
}

export class KeptSegments implements SegmentSink {
  readonly kept: KeptSegment[] = []
  readonly #endpoints: Endpoints

  constructor(endpoints: Endpoints) {
    this.#endpoints = endpoints
  }

  segment(segment: Segment): void {
    const { payload, payloadStart, payloadEnd, flags } = segment
    const name = (id: number) => {
      const { address, port } = this.#endpoints.text(id)
      return `${address}:${port}`
    }
    this.kept.push({
      at: segment.at,
      source: name(segment.source),
      destination: name(segment.destination),
      sequence: segment.sequence,
      acknowledgement: segment.acknowledgement,
      flags: Object.entries(tcpFlag)
        .filter(([, bit]) => (flags & bit) !== 0)
        .map(([flag]) => flag)
        .join('+'),
      payload: Buffer.from(payload.subarray(payloadStart, payloadEnd)).toString('latin1'),
      payloadLength: segment.payloadLength,
      path: segment.path,
    })
  }
}
