/** A command on its way to becoming an exchange: what was asked, and how far the answer has come. */
import type { MysqlExchange, Transport } from '../exchange.ts'
import type { CommandFacts } from './commands.ts'
import type { PreparedStatement } from './prepared-statements.ts'
import type { Session } from './session.ts'

/** What the next packet of the answer is. */
export type Expected =
  | 'outcome'
  /** The first packet of a result, or of another one. */
  | 'result'
  | 'definition'
  /** After the definitions: an EOF, or with CLIENT_DEPRECATE_EOF a row. */
  | 'row-or-eof'
  | 'row'
  | 'prepare-ok'
  /** Definitions of parameters, then of columns, each with its EOF unless CLIENT_DEPRECATE_EOF. */
  | 'prepared-definition'
  /** Definitions up to an EOF. */
  | 'definitions-eof'
  | 'text'
  /** The client sends the file; the server answers when it is through. */
  | 'local-infile'
  | 'authentication'
  /** Anything, until something else ends it. */
  | 'anything'

const expectedFirst = {
  none: 'anything',
  outcome: 'outcome',
  results: 'result',
  prepared: 'prepare-ok',
  definitions: 'definitions-eof',
  rows: 'row',
  text: 'text',
  authentication: 'authentication',
  stream: 'anything',
} as const satisfies Record<CommandFacts['response'], Expected>

export interface CommandInFlight {
  readonly exchange: MysqlExchange
  readonly facts: CommandFacts
  expected: Expected
  /** Sequence id that the next packet of the answer must have. */
  sequence: number
  /** Packets still to come of the present kind. */
  left: number
  /** Definitions of a prepared statement still to come after those `left`. */
  then: number
  /** The schema that the session has if this succeeds. */
  schema: string | null
  /** For COM_STMT_PREPARE: remembered once the server gives the id. */
  preparing: PreparedStatement | null
  /** For COM_CHANGE_USER: the user that the session has if this succeeds. */
  user: string | null
  /** When the last byte of the answer so far was seen; null where a gap hides it. */
  lastByteAt: number | null
}

export function beginCommand(
  facts: CommandFacts,
  session: Session,
  transport: Transport,
  startedAt: number,
  requestPosition: number,
): CommandInFlight {
  return {
    exchange: {
      protocol: 'mysql',
      startedAt,
      firstByteAt: null,
      endedAt: null,
      status: 'unfinished',
      requestBytes: 0,
      responseBytes: 0,
      requestPosition,
      transport,
      incompleteBecause: session.joinedInMidLife ? 'joined in mid-life' : null,
      command: facts.name,
      text: null,
      textLength: 0,
      user: session.user,
      database: session.database,
      serverVersion: session.serverVersion,
      connectionId: session.connectionId,
      rowsReturned: 0,
      rowsAffected: 0,
      lastInsertId: null,
      warnings: null,
      resultSets: 0,
      serverStatus: null,
      errorCode: null,
      sqlState: null,
      errorMessage: null,
    },
    facts,
    expected: expectedFirst[facts.response],
    sequence: 1,
    left: 0,
    then: 0,
    schema: null,
    preparing: null,
    user: null,
    lastByteAt: startedAt,
  }
}

/** What the answer would have told is not known. */
export function markUnknown({ exchange }: CommandInFlight): void {
  exchange.rowsReturned = null
  exchange.rowsAffected = null
  exchange.resultSets = null
  exchange.lastInsertId = null
}

/** Adds a reason; the first one stays in front. */
export function markIncomplete({ exchange }: CommandInFlight, reason: string): void {
  if (exchange.incompleteBecause === null) exchange.incompleteBecause = reason
  else if (!exchange.incompleteBecause.includes(reason)) exchange.incompleteBecause += `; ${reason}`
}
