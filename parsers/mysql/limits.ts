/** What one connection may hold, by name. Reaching a limit is counted, never growth. */

export interface MysqlLimits {
  /** Bytes of a statement's text that are kept. */
  textBytes: number
  /** Commands sent and not yet answered. */
  pendingCommands: number
  /** Prepared statements remembered. */
  preparedStatements: number
  /** Bytes of their texts together. */
  preparedTextBytes: number
}

export const mysqlLimits: MysqlLimits = {
  textBytes: 64 << 10,
  pendingCommands: 4096,
  preparedStatements: 16384,
  preparedTextBytes: 1 << 20,
}

/** Bytes of a server packet that are kept where it spans chunks: an error message has at most 512, an OK packet's state changes little more. */
export const serverPacketBytes = 4096

/** Bytes of a command packet that are kept beyond its text: the code and query attributes. */
export const requestSlackBytes = 1024
