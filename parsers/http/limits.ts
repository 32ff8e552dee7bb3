/** How much of a conversation the HTTP/1 parser remembers. Reaching a limit is counted and said on the exchange. */

export interface HttpLimits {
  /** Bytes of a head, and of one line of it, that are read in full; beyond, only what frames the body is. */
  headBytes: number
  /** Bytes of a path, and of a query, that are kept. */
  targetBytes: number
  /** Bytes of a field's value that are kept. */
  fieldBytes: number
  /** Requests of one connection that may wait for their answers. */
  pendingRequests: number
}

export const defaultHttpLimits: HttpLimits = {
  headBytes: 16_384,
  targetBytes: 8_192,
  fieldBytes: 1_024,
  pendingRequests: 256,
}

/** What one connection ran into. Nothing here is lost in silence: whoever owns the parser adds these up. */
export interface HttpCounts {
  /** Heads longer than `headBytes`. */
  longHeads: number
  /** Targets longer than `targetBytes`, and heads with a field longer than `fieldBytes`. */
  cutTexts: number
  /** Requests beyond `pendingRequests`: their answers are reported without them. */
  overflowedRequests: number
  /** Times a side's place in the protocol was lost: a gap where no length is known, or bytes that are not HTTP/1. */
  losses: number
  /** Bytes after an upgrade, in a tunnel, or of a connection that does not speak HTTP/1. */
  opaqueBytes: number
  /** Bytes that belong to no exchange: skipped while a side's place was lost. */
  strayBytes: number
}

export function noHttpCounts(): HttpCounts {
  return { longHeads: 0, cutTexts: 0, overflowedRequests: 0, losses: 0, opaqueBytes: 0, strayBytes: 0 }
}
