/** How long a stream waits for what it lacks, and how far it goes on without it. */
import type { TcpLimits } from './limits.ts'
import type { Stream } from './stream.ts'

/** In order itself, the stream waits for what the other lacks. */
export function waitsFor(stream: Stream, other: Stream): boolean {
  return stream.heldFrom <= stream.next && other.lacksAcknowledged && other.heldFrom > other.next
}

/** @returns nanoseconds since the capture's time 0 */
export function waitsUntil(stream: Stream, other: Stream, limits: TcpLimits): number {
  // what the other lacks is looked at there
  if (waitsFor(stream, other)) return Infinity
  if (stream.lacksAcknowledged) return stream.lacksSince + limits.disorderNs
  return stream.holeSeenAt + (other.shown ? limits.retransmissionNs : limits.oneSidedNs)
}

/** Behind what will not come. @returns the position at which the stream goes on */
export function goesOnAt(stream: Stream, other: Stream): number {
  const asked = other.held[0]?.needs ?? 0
  return Math.min(
    stream.heldFrom,
    stream.lacksAcknowledged ? stream.acknowledged : Infinity,
    asked > stream.next + 1 ? asked : Infinity,
  )
}
