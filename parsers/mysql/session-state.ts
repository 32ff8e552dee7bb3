/**
 * What an OK tells of the session's state (manual, "Session State Information"): length-encoded all changes; each a type 1
 * and its data, length-encoded. MariaDB's are the same, but that it tells a GTID as its variable last_gtid.
 */
import { type CommandInFlight, markIncomplete, saysIncomplete } from './command-in-flight.ts'
import type { MysqlCounts, MysqlLimits } from './limits.ts'
import type { Payload } from './payload.ts'

const sessionTrack = {
  SESSION_TRACK_SYSTEM_VARIABLES: 0,
  SESSION_TRACK_SCHEMA: 1,
  SESSION_TRACK_GTIDS: 3,
  SESSION_TRACK_TRANSACTION_CHARACTERISTICS: 4,
  SESSION_TRACK_TRANSACTION_STATE: 5,
} as const

/** What a transaction has done so far. */
export interface TransactionState {
  transaction: 'explicit' | 'implicit' | 'none'
  nonTransactionalRead: boolean
  transactionalRead: boolean
  nonTransactionalWrite: boolean
  transactionalWrite: boolean
  unsafeStatement: boolean
  resultSet: boolean
  lockedTables: boolean
}

/** Null: not told. Of a kind that was told more than once the last one holds, but of GTIDs all do. */
export interface SessionState {
  /** The schema that the session has from now on, '' for none. */
  schema: string | null
  /** Values that variables of the session have from now on. */
  variables: Map<string, string> | null
  gtids: string | null
  transactionState: TransactionState | null
  /** Statements that would begin such a transaction; '' where it has none of its own. */
  transactionCharacteristics: string | null
  /** It was not seen to its end; and what was not seen may be a schema or a variable. */
  cut: boolean
  hides: boolean
}

/** @param payload at the length of all changes. @param certain that they are there: else only what fits to the last byte is taken for them */
export function readSessionState(payload: Payload, certain: boolean): SessionState | null {
  const state: SessionState = {
    schema: null,
    variables: null,
    gtids: null,
    transactionState: null,
    transactionCharacteristics: null,
    cut: false,
    hides: false,
  }
  const info = payload.length()
  const all = info !== undefined && payload.skip(info) ? payload.length() : undefined
  if (all === undefined) state.cut = state.hides = true
  else readChanges(payload, payload.offset + all, state)
  return certain || (!state.cut && payload.left === 0) ? state : null
}

function readChanges(payload: Payload, end: number, state: SessionState): void {
  while (payload.offset < end) {
    const type = payload.integer(1)
    const length = payload.length()
    const next = payload.offset + (length ?? 0)
    if (type === undefined || length === undefined || next > Math.min(end, payload.end)) {
      state.cut = true
      state.hides = type !== sessionTrack.SESSION_TRACK_GTIDS || length === undefined || next !== end
      return
    }
    readChange(payload, next, type, state)
    payload.offset = next
  }
}

function readChange(payload: Payload, end: number, type: number, state: SessionState): void {
  switch (type) {
    case sessionTrack.SESSION_TRACK_SCHEMA:
      state.schema = payload.lengthEncodedText() ?? state.schema
      break
    case sessionTrack.SESSION_TRACK_SYSTEM_VARIABLES:
      readVariables(payload, end, state)
      break
    case sessionTrack.SESSION_TRACK_GTIDS:
      // in front of them stands how they are encoded: 0, as text
      if (payload.integer(1) === 0) addGtids(state, payload.lengthEncodedText())
      break
    case sessionTrack.SESSION_TRACK_TRANSACTION_CHARACTERISTICS:
      state.transactionCharacteristics = payload.lengthEncodedText() ?? state.transactionCharacteristics
      break
    case sessionTrack.SESSION_TRACK_TRANSACTION_STATE:
      state.transactionState = transactionStateOf(payload.lengthEncodedText() ?? '') ?? state.transactionState
      break
  }
}

/** MySQL tells one at a time, MariaDB several. */
function readVariables(payload: Payload, end: number, state: SessionState): void {
  while (payload.offset < end) {
    const name = payload.lengthEncodedText()
    const value = payload.lengthEncodedText()
    if (name === undefined || value === undefined) return
    if (name === 'last_gtid') addGtids(state, value)
    else (state.variables ??= new Map()).set(name, value)
  }
}

function addGtids(state: SessionState, gtids: string | undefined): void {
  if (gtids !== undefined && gtids !== '') state.gtids = state.gtids === null ? gtids : `${state.gtids},${gtids}`
}

/** Eight places, each a letter or `_`: T or I for a transaction that was begun or began by itself; r, R, w, W; s, S, L. */
const states = /^([TI_])([r_])([R_])([w_])([W_])([s_])([S_])([L_])/

/** @returns null where it is none that the manual has */
function transactionStateOf(text: string): TransactionState | null {
  const places = states.exec(text)
  if (places === null) return null
  const isSet = (place: number) => places[place] !== '_'
  return {
    transaction: places[1] === 'T' ? 'explicit' : places[1] === 'I' ? 'implicit' : 'none',
    nonTransactionalRead: isSet(2),
    transactionalRead: isSet(3),
    nonTransactionalWrite: isSet(4),
    transactionalWrite: isSet(5),
    unsafeStatement: isSet(6),
    resultSet: isSet(7),
    lockedTables: isSet(8),
  }
}

const tooLong = 'the session state that it was told is too long to keep'

/** One more OK of a command told this. */
export function noteSessionState(
  command: CommandInFlight,
  told: SessionState,
  limits: MysqlLimits,
  counts: MysqlCounts,
): void {
  if (told.cut) markIncomplete(command, 'the session state that it was told is not seen in full')
  if (saysIncomplete(command, tooLong)) return
  const state = joined(command.exchange.sessionState ?? null, told)
  let characters = (state.gtids?.length ?? 0) + (state.transactionCharacteristics?.length ?? 0)
  for (const [name, value] of state.variables ?? []) characters += name.length + value.length
  const fits = characters <= limits.sessionStateCharacters
  command.exchange.sessionState = fits ? state : null
  if (fits) return
  counts.droppedSessionStates++
  markIncomplete(command, tooLong)
}

function joined(before: SessionState | null, told: SessionState): SessionState {
  if (before === null) return told
  const gtids = before.gtids === null || told.gtids === null ? null : `${before.gtids},${told.gtids}`
  return {
    schema: told.schema ?? before.schema,
    variables: told.variables === null ? before.variables : new Map([...(before.variables ?? []), ...told.variables]),
    gtids: gtids ?? told.gtids ?? before.gtids,
    transactionState: told.transactionState ?? before.transactionState,
    transactionCharacteristics: told.transactionCharacteristics ?? before.transactionCharacteristics,
    cut: told.cut,
    hides: told.hides,
  }
}
