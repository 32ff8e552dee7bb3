/** The SQL modes that change where tokens end: what a server says of them, and how a statement is read. */
import type { MysqlExchange } from '../../parsers/exchange.ts'
import { serverStatus } from '../../parsers/mysql/server-status.ts'
import { sqlMode } from '../../parsers/mysql/sql-mode.ts'

/** Each answer's status flags tell NO_BACKSLASH_ESCAPES; ANSI_QUOTES, what a SET gave or the server told of its variables. */
export function sqlModeOf({ serverStatus: status, sqlMode: told = 0 }: MysqlExchange): number {
  if (status === null) return told
  const noEscapes = (status & serverStatus.SERVER_STATUS_NO_BACKSLASH_ESCAPES) !== 0
  return (told & ~sqlMode.NO_BACKSLASH_ESCAPES) | (noEscapes ? sqlMode.NO_BACKSLASH_ESCAPES : 0)
}
