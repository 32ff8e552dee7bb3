/** A command on its way to becoming an exchange: what was asked, and how far the answer has come. */
import type { MysqlExchange, Transport } from '../exchange.ts'
import type { CommandFacts } from './commands.ts'
import type { Reading } from './reading.ts'
import type { Session } from './session.ts'
import type { Preparation } from './execution.ts'

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
  /** Packets without end, or up to an EOF. */
  | 'stream'
  /** Anything, until something else ends it. */
  | 'anything'

function expectedFirst(response: CommandFacts['response']): Expected {
  switch (response) {
    case 'results':
      return 'result'
    case 'prepared':
      return 'prepare-ok'
    case 'definitions':
      return 'definitions-eof'
    case 'rows':
      return 'row'
    case 'none':
      return 'anything'
    case 'outcome':
    case 'text':
    case 'authentication':
    case 'stream':
      return response
  }
}

/**
 * What a success changes in the session: `schema` to the one that is named, `user` all of
 * it; `unknown`: a gap hides whether it does.
 */
export type Change = 'none' | 'schema' | 'user' | 'unknown'

export const anySequence = -1

export interface CommandInFlight {
  readonly exchange: MysqlExchange
  readonly facts: CommandFacts
  /** It was not seen, only its answer: nothing of it leaves. */
  hidden: boolean
  expected: Expected
  /** Sequence id that the next packet of the answer must have; `anySequence` where it does not tell: in compressed frames, and behind a gap in the request. */
  sequence: number
  /** Packets still to come of the present kind. */
  left: number
  /** Definitions of a prepared statement still to come after those `left`. */
  leftBehind: number
  change: Change
  /** The schema that the session has if this succeeds; null: none. */
  schema: string | null
  /** For COM_CHANGE_USER: the user that the session has if this succeeds. */
  user: string | null
  /** How statements are to be read if this succeeds; null: as before. */
  reading: Reading | null
  /** Of a COM_STMT_PREPARE: its own. Of an execution of the statement prepared last: that one's. */
  preparation: Preparation | null
  /** Rows and affected rows of the results before the present one. */
  rowsBefore: number
  affectedBefore: number
  /** When the last byte of the answer so far was seen; null where a gap hides it. */
  lastByteAt: number | null
  /** It has more results than are told apart. */
  resultsCut: boolean
  /** A gap in the request hides where it ends: that is where the answer does. */
  requestCut: boolean
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
      networkNs: null,
      incompleteBecause: session.doubt,
      command: facts.name,
      text: null,
      textLength: 0,
      sqlMode: 0,
      user: session.user,
      database: session.database,
      serverVersion: session.serverVersion,
      connectionId: session.connectionId,
      proxied: session.proxied ?? null,
      attributes: session.attributes,
      parameters: null,
      rowsReturned: 0,
      rowsAffected: 0,
      lastInsertId: null,
      warnings: null,
      resultSets: 0,
      results: null,
      sessionState: null,
      serverStatus: null,
      errorCode: null,
      sqlState: null,
      errorMessage: null,
    },
    facts,
    hidden: false,
    expected: expectedFirst(facts.response),
    sequence: 1,
    left: 0,
    leftBehind: 0,
    change: 'none',
    schema: null,
    user: null,
    reading: null,
    preparation: null,
    rowsBefore: 0,
    affectedBefore: 0,
    lastByteAt: startedAt,
    resultsCut: false,
    requestCut: false,
  }
}

/** Why the text of a command is incomplete. */
export const gapInStatement = 'a gap in the statement'

/** What the answer would have told is not known. */
export function markUnknown({ exchange }: CommandInFlight): void {
  exchange.rowsReturned = null
  exchange.rowsAffected = null
  exchange.resultSets = null
  exchange.lastInsertId = null
  exchange.results = null
  exchange.warnings = exchange.serverStatus = exchange.sessionState = null
}

const unpaired = 'which answer is whose is not known'

/** Answers come, and which of them is its own is not known. */
export function markUnpaired(command: CommandInFlight): void {
  markUnknown(command)
  markIncomplete(command, unpaired)
  const { exchange } = command
  exchange.status = exchange.endedAt === null ? 'unfinished' : null
  exchange.firstByteAt = exchange.endedAt = null
  exchange.errorCode = exchange.sqlState = exchange.errorMessage = null
  exchange.responseBytes = null
  // those before it may have changed it
  exchange.database = null
  command.expected = 'anything'
}

export function isUnpaired(command: CommandInFlight): boolean {
  return saysIncomplete(command, unpaired)
}

/** Adds a reason; the first one stays in front. */
export function markIncomplete(command: CommandInFlight, reason: string): void {
  const { exchange } = command
  if (exchange.incompleteBecause === null) exchange.incompleteBecause = reason
  else if (!saysIncomplete(command, reason)) exchange.incompleteBecause += `; ${reason}`
}

export function saysIncomplete({ exchange }: CommandInFlight, reason: string): boolean {
  return exchange.incompleteBecause?.includes(reason) === true
}

/** Packets of the client that are no commands: a file's bytes up to an empty packet, a further step of an authentication, a replica's acknowledgements. */
export function continuesRequest(command: CommandInFlight): boolean {
  switch (command.expected) {
    case 'local-infile':
      return command.left === 0
    case 'authentication':
    case 'stream':
      return true
    default:
      return false
  }
}
