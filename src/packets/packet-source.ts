/** The source of captured packets: dissects them, puts their streams in order, and tells connections as every source does. */
import type { Losses, SourceSink } from '../capture/source.ts'
import { Reassembly } from '../tcp/reassembly.ts'
import { Dissector } from './dissector.ts'
import { Endpoints } from './endpoints.ts'
import { Paths } from './paths.ts'

/** Packets of a pipe that are this far from the wall clock, in nanoseconds, are being captured now. */
const presentNs = 10e9
/** How late a capturing program may hand packets on: tcpdump gathers them for a second. */
const latenessNs = 2e9

export class PacketSource {
  readonly paths = new Paths()
  readonly dissector: Dissector
  readonly #endpoints = new Endpoints()
  #reassembly: Reassembly | undefined
  #lastPackets = 0
  #present = false

  constructor() {
    this.dissector = new Dissector(this.#endpoints, this.paths)
  }

  /** Call before packets are told. */
  connect(sink: SourceSink): void {
    this.#reassembly = new Reassembly({ sink, endpoints: this.#endpoints })
    this.dissector.sink = this.#reassembly
  }

  ignore(connection: number): void {
    this.#reassembly?.ignore(connection)
  }

  /** Nothing comes. @param now nanoseconds since time 0 by the wall clock */
  idle(now: number): void {
    const { packets, endedAt } = this.dissector
    if (packets !== this.#lastPackets) {
      this.#lastPackets = packets
      this.#present = Math.abs(now - endedAt) < presentNs
    }
    if (this.#present) this.#reassembly?.tick(now - latenessNs)
  }

  end(): void {
    this.dissector.end()
    this.#reassembly?.end()
  }

  losses(): Losses {
    const { endings, fragments, unknownLinks, droppedAtCapture } = this.dissector
    return {
      packetsNotCaptured: droppedAtCapture,
      cutPackets: endings.cut,
      brokenPackets: endings.broken,
      droppedFragments: fragments.dropped,
      packetsOfUnknownLinks: unknownLinks,
      packetsOfTooManyEnds: this.#endpoints.refused,
      ...this.#reassembly?.losses(),
    }
  }
}
