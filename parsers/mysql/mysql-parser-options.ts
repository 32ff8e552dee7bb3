/** What the maker of a connection's parser may say of the connection, and what it shares with other connections. */
import type { MysqlCounts, MysqlLimits } from './limits.ts'
import type { StatementTexts } from './statement-texts.ts'

export interface MysqlParserOptions {
  /** The connection was there before the capture: its greeting is not to come. */
  midLife?: boolean
  limits?: Partial<MysqlLimits>
  /** Counts of several connections together. */
  counts?: MysqlCounts
  /** The client asks for TLS: nothing of what follows can be read. */
  onTls?: () => void
  /** Exchanges are held back until the connection is quiet. */
  onHeld?: () => void
  /** Texts of prepared statements, shared by connections. */
  texts?: StatementTexts
}
