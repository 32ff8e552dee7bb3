/** What the parts of one connection's parser share. */
import type { MysqlCounts, MysqlLimits } from './limits.ts'
import type { PacketReader } from './packet-reader.ts'
import type { ExchangeReceiver } from './pending-commands.ts'
import type { PreparedStatements } from './prepared-statements.ts'
import type { Session } from './session.ts'
import type { Tail } from './tail.ts'
import type { Wire } from './wire.ts'

export interface ConnectionParts {
  readonly receiver: ExchangeReceiver
  readonly session: Session
  readonly statements: PreparedStatements
  readonly limits: MysqlLimits
  readonly counts: MysqlCounts
  readonly client: PacketReader
  readonly wire: Wire
  readonly server: PacketReader
  readonly tail: Tail
}
