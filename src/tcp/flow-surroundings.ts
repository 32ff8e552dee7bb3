/** What the flows of a capture share: whom they tell, what they may hold in all, and which of them wait. */
import type { SourceSink } from '../capture/source.ts'
import type { Endpoints } from '../packets/endpoints.ts'
import type { Flow } from './flow.ts'
import type { TcpCounts, TcpLimits } from './limits.ts'

export interface FlowSurroundings {
  readonly sink: SourceSink
  readonly endpoints: Endpoints
  readonly limits: TcpLimits
  readonly counts: TcpCounts
  /** Flows in which something waits, longest first. */
  readonly waiting: Set<Flow>
  /** Held of all flows. */
  heldBytes: number
}

/** All flows together hold too much: those that wait longest wait no more. */
export function relieve(all: FlowSurroundings, current: Flow): void {
  for (const flow of [...all.waiting, current]) {
    if (all.heldBytes <= all.limits.heldBytes) break
    all.counts.gaveUp++
    flow.flush()
  }
}
