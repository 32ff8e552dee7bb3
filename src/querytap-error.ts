/** The one error of the system side: what failed, why, and what to do about it. */

export type ErrorCode =
  | 'USAGE'
  | 'PRIVILEGE'
  | 'KERNEL'
  | 'LIBBPF'
  | 'STORE_PATH'
  | 'STORE_VERSION'
  | 'STORE_BUSY'
  | 'STORE_CORRUPT'
  | 'RECORDING'
  | 'CAPTURE'
  | 'FILE'
  | 'SQL'

export class QuerytapError extends Error {
  override name = 'QuerytapError'
  readonly code: ErrorCode
  /** What the reader can do; null where there is nothing to suggest. */
  readonly hint: string | null

  /** @param message `verb noun: reason`, as in `attach tcp_sendmsg: permission denied` */
  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.hint = options.hint ?? null
  }
}
