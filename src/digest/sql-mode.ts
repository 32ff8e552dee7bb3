/** The SQL modes that change where tokens end: what a server says of them, and how a statement is read. */
import type { MysqlExchange } from '../../parsers/exchange.ts'
import { serverStatus } from '../../parsers/mysql/server-status.ts'

/** The manual's names. 0 is neither: the servers' default, taken where it is not known. */
export const sqlMode = { ANSI_QUOTES: 1, NO_BACKSLASH_ESCAPES: 2 } as const

/** Each answer's status flags tell NO_BACKSLASH_ESCAPES; nothing tells ANSI_QUOTES. */
export function sqlModeOf({ serverStatus: status }: MysqlExchange): number {
  const noEscapes = status !== null && (status & serverStatus.SERVER_STATUS_NO_BACKSLASH_ESCAPES) !== 0
  return noEscapes ? sqlMode.NO_BACKSLASH_ESCAPES : 0
}
