/** What a command changed in its session: told by the server, or read from the command. */
import { has } from './capabilities.ts'
import type { CommandInFlight } from './command-in-flight.ts'
import { textOf } from './kept-text.ts'
import type { Ok } from './ok.ts'
import { followSettings, hideSettings } from './reading.ts'
import { schemaOfStatements } from './schema-change.ts'
import { doubtSession, type Session } from './session.ts'

const hiddenChange = 'a gap hides what a command changed'

/** An OK. @param ofRows it stands in an EOF's place, behind rows */
export function followOk(session: Session, command: CommandInFlight, ok: Ok, ofRows: boolean): void {
  if (command.change === 'user') changeUser(session, command)
  const { state } = ok
  followSettings(session, command, state?.variables ?? null)
  // an OK without rows: it may have been COM_CHANGE_USER, and no server tells the user
  if (command.change === 'unknown' && !ofRows) doubtSession(session, hiddenChange)
  const schema = state?.schema ?? null
  if (schema !== null) {
    session.database = schema === '' ? null : schema
    session.tracksSchema = true
  } else if (state?.hides === true) {
    doubtSession(session, hiddenChange)
  } else if (ofRows) {
    return
  } else if (command.change === 'schema') {
    session.database = command.schema
  }
}

function changeUser(session: Session, command: CommandInFlight): void {
  session.user = command.user
  session.database = command.schema
  const { serverVersion, proxied, capabilities } = session
  // without its capabilities some forms of packets are guessed
  const isKnown = serverVersion !== null && proxied !== undefined && capabilities !== undefined
  if (isKnown && !session.pipelines) session.doubt = null
}

/** A command with several results is over: a USE among its statements, where the server does not tell. */
export function followStatements(session: Session, command: CommandInFlight): void {
  const { status } = command.exchange
  if (session.tracksSchema || command.facts.response !== 'results' || command.hidden) return
  const schema = lastUse(command)
  if (schema === null) return
  if (schema === undefined || status !== 'ok') doubtSession(session, 'it is not known what several statements changed')
  else session.database = schema
}

/** A command is over, and a gap hides how. */
export function followUnread(session: Session, command: CommandInFlight): void {
  hideSettings(session, command, textOf(command))
  if (command.change !== 'none' || mayRunOther(command)) doubtSession(session, hiddenChange)
  else if (has(session.capabilities, 'CLIENT_MULTI_STATEMENTS') !== false && lastUse(command) !== null) {
    doubtSession(session, hiddenChange)
  }
}

/** Statements that change no schema, however they end; others may run a USE, or drop the schema. */
const keepsSchema = new RegExp(
  `^\\W*(${[
    'select|insert|update|delete|replace|with|values|table|show|set|commit|rollback|begin|start|savepoint|release|explain',
    'describe|desc|do|truncate|load|analyze|optimize|check|lock|unlock|create|alter|rename|kill|flush|grant|revoke|handler',
  ].join('|')})\\b`,
  'i',
)

function mayRunOther(command: CommandInFlight): boolean {
  const { response, name } = command.facts
  return response === 'results' && name !== 'COM_PROCESS_INFO' && !keepsSchema.test(textOf(command) ?? '')
}

/** @returns the schema of the last USE; null: there is none; undefined: not all of the text is known */
function lastUse(command: CommandInFlight): string | null | undefined {
  const { text, textLength } = command.exchange
  if (text === null) return null
  if (text.length < textLength) return undefined
  return schemaOfStatements(textOf(command) ?? '')
}
