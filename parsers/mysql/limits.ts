/** What one connection may hold, by name. Reaching a limit is counted, never growth. */

export interface MysqlLimits {
  /** Bytes of a statement's text that are kept. */
  textBytes: number
  /** Bytes of an execution's parameters that are kept, as sent. */
  parameterBytes: number
  /** Commands sent and not yet answered. */
  pendingCommands: number
  /** Prepared statements remembered. */
  preparedStatements: number
  /** Parameters sent ahead by COM_STMT_SEND_LONG_DATA, and bytes that are kept of each. */
  longDataValues: number
  longDataBytes: number
  /** Results of one command that are told apart. */
  results: number
  /** Characters of what the answers to one command tell of the session's state. */
  sessionStateCharacters: number
  /** Bytes of a compressed frame that are held until it is whole; of a larger one only what these inflate to is read. */
  compressedFrameBytes: number
  /** Bytes that each side's compressed bytes may become: so many for each byte on the wire, and ahead of that a reserve. */
  inflatedPerWireByte: number
  inflationReserveBytes: number
}

export const mysqlLimits: MysqlLimits = {
  textBytes: 64 << 10,
  parameterBytes: 64 << 10,
  pendingCommands: 4096,
  preparedStatements: 16384,
  longDataValues: 64,
  longDataBytes: 1024,
  results: 256,
  sessionStateCharacters: 4096,
  compressedFrameBytes: 1 << 20,
  inflatedPerWireByte: 128,
  inflationReserveBytes: 16 << 20,
}

/** Bytes of all prepared statements' texts, in all connections together. */
export const sharedTextBytes = 32 << 20

/** Bytes that all connections together take to refer to them: two or four for each statement of each. */
export const sharedReferenceBytes = 64 << 20

/** Bytes of a server packet that are kept where it spans chunks: an error message has at most 512, an OK packet's state changes little more. */
export const serverPacketBytes = 4096

/** Bytes of a command packet that are kept beyond its text: the code and query attributes. */
export const requestSlackBytes = 1024

/** How often a limit or a break was met. */
export interface MysqlCounts {
  /** Times that a side's packets were lost track of. */
  lostFraming: number
  /** Commands not followed, for too many were pending. */
  droppedCommands: number
  /** Server packets that answered nothing. */
  unsolicited: number
  /** Statements whose text was cut. */
  cutTexts: number
  /** Executions whose parameters were cut, or values that were sent ahead of them. */
  cutParameters: number
  /** Parts of parameters sent ahead that were not kept, for too many values were. */
  droppedLongData: number
  /** Commands with more results than are told apart. */
  cutResults: number
  /** Commands whose session state was too long to keep. */
  droppedSessionStates: number
  /** Prepared statements not remembered, or forgotten. */
  droppedStatements: number
  /** Compressed frames that could not be inflated, or only in part. */
  cutFrames: number
  /** Compressed frames that were not inflated, for they hold too much for their size. */
  denseFrames: number
}

export function freshCounts(): MysqlCounts {
  return {
    lostFraming: 0,
    droppedCommands: 0,
    unsolicited: 0,
    cutTexts: 0,
    cutParameters: 0,
    droppedLongData: 0,
    cutResults: 0,
    droppedSessionStates: 0,
    droppedStatements: 0,
    cutFrames: 0,
    denseFrames: 0,
  }
}
