/** Sequence numbers: 32 bits, and round they go (RFC 9293, 3.4). */

const circle = 2 ** 32
/** No window is larger (RFC 7323, 2.3): what lies further back than this is ahead, with a large hole between. */
const largestWindow = 2 ** 30

/** Bytes from one sequence number to another; negative where it lies before. */
export function distance(sequence: number, from: number): number {
  const ahead = (sequence - from) >>> 0
  return ahead < circle - largestWindow ? ahead : ahead - circle
}

export function advanced(sequence: number, bytes: number): number {
  return (sequence + bytes) >>> 0
}
