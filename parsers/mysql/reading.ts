/**
 * How the bytes of a session's statements are to be read: in which character set, and under which SQL modes. The login, SET
 * statements and the server's session tracking tell; what is not known is UTF-8 and the servers' default modes.
 */
import { Buffer } from 'node:buffer'
import { type Charset, charsetNamed, isAscii, toUtf8 } from './charset.ts'
import { type CommandInFlight, gapInStatement, markIncomplete, saysIncomplete } from './command-in-flight.ts'
import type { RawParameters } from './raw-parameters.ts'
import type { Session } from './session.ts'
import { sqlModeNamed } from './sql-mode.ts'

/** Undefined: a gap hides it. */
export interface Reading {
  /** Null: UTF-8, not known, or none that can be read. */
  readonly charset: Charset | null | undefined
  /** Bits of `sqlMode`. */
  readonly sqlMode: number | undefined
}

/** Of nearly all sessions: this very object. */
export const plainReading: Reading = { charset: null, sqlMode: 0 }

const hiddenReading: Reading = { charset: undefined, sqlMode: undefined }

function readingOf(charset: Reading['charset'], sqlMode: Reading['sqlMode']): Reading {
  return charset === null && sqlMode === 0 ? plainReading : { charset, sqlMode }
}

export function readIn(charset: Charset | null): Reading {
  return readingOf(charset, 0)
}

const doubleQuote = 0x22
const backslash = 0x5c

function dependsOnMode(text: Uint8Array): boolean {
  return text.includes(doubleQuote) || text.includes(backslash)
}

/** A command has its text, as it was sent. @param most bytes that are kept of it */
export function readAs(command: CommandInFlight, { charset, sqlMode }: Reading, most: number): void {
  const { exchange } = command
  const { text } = exchange
  if (text === null) return
  const mayDiffer = dependsOnMode(text)
  if ((charset === undefined && !isAscii(text)) || (sqlMode === undefined && mayDiffer)) {
    markIncomplete(command, 'a gap hides how its text is to be read')
  }
  if (mayDiffer) exchange.sqlMode = sqlMode ?? 0
  if (charset === null || charset === undefined) return
  const isCut = text.length < exchange.textLength
  const utf8 = toUtf8(text, charset)
  // a text that is cut stays one, whatever its characters take
  exchange.text = isCut ? utf8.subarray(0, Math.min(most, exchange.textLength - 1)) : utf8
  if (!isCut) exchange.textLength = utf8.length
}

/** An execution of a statement, whose text is known and was read. */
export function readParametersAs(command: CommandInFlight, raw: RawParameters, session: Session): void {
  const { charset, sqlMode } = session.reading
  const { exchange } = command
  const isForeign = !isAscii(raw.bytes) || raw.longData !== null
  if (isForeign) raw.charset = charset ?? null
  if (isForeign && charset === undefined) markIncomplete(command, 'a gap hides how its parameters are to be read')
  if (exchange.text === null) return
  const mayDiffer = dependsOnMode(exchange.text)
  if (mayDiffer) exchange.sqlMode = sqlMode ?? 0
  if (mayDiffer && sqlMode === undefined) markIncomplete(command, 'a gap hides how its text is to be read')
  const { buffer, byteOffset, length } = exchange.text
  beginSettings(session, command, Buffer.from(buffer, byteOffset, length).toString())
}

/** What a SET gives; undefined: it leaves that as it is. */
interface Settings {
  charset?: Charset | null
  sqlMode?: number
}

/** Beyond it no driver's SET is. */
const longestSet = 4096

/** `SET`, also as mysqldump writes it, in a comment that every server executes. */
const set = /^\s*(?:\/\*!40\d{3}\s+)?set(?=[\s/@`])/i
const setting =
  /\s*(?:(names|character\s+set|charset)\s+|(?:(\w+)\s+)?(@@?)?([\w$]+(?:\.[\w$]+)?)\s*:?=\s*)(?:'([^'\\]*)'|"([^"\\]*)"|([\w.@$+-]+))(?:\s+collate\s+['"]?\w+['"]?)?\s*(,|$)/iy
const end = /\s*(?:\*\/)?\s*;?\s*$/
const ownScopes: ReadonlySet<string> = new Set(['', 'session', 'local'])
/** What is seen of a statement may be the beginning of one. */
const maybeSet = /^\s*(?:[\0-\b]|\/|--|#|s?$|se$|set)/i
const givenBySet = /\b(?:names|charset|character\s+set|character_set_client|sql_mode)\b/i
const givenByOther = /\bset\s+(?:names|character\s+set|charset)\b|\b(?:character_set_client|sql_mode)\b|^\s*execute\b/i

/** @returns whether a statement may change how the next ones are to be read */
function gives(text: string): boolean {
  return (set.test(text) ? givenBySet : givenByOther).test(text)
}

/** @returns what a SET gives if it succeeds; null: nothing; undefined: it gives something that is not known */
function settingsOf(text: string): Settings | null | undefined {
  if (!gives(text)) return null
  const begun = text.length > longestSet ? null : set.exec(text)
  if (begun === null) return undefined
  const settings: Settings = {}
  const list = text.slice(begun[0].length).replace(end, '')
  setting.lastIndex = 0
  for (let last = false; !last;) {
    const found = setting.exec(list)
    if (found === null) return undefined
    const [, names, scope = '', at = '', name = '', single, double, word = '', comma] = found
    apply(
      settings,
      names === undefined ? variableOf(scope, at, name) : 'character_set_client',
      single ?? double ?? word,
    )
    last = comma !== ','
  }
  return settings
}

/** @returns the name of a variable of the session */
function variableOf(scope: string, at: string, name: string): string | null {
  const parts = name.toLowerCase().split('.')
  const [variable = ''] = parts.slice(-1)
  const named = parts.length > 1 ? (parts[0] ?? '') : scope.toLowerCase()
  return at !== '@' && ownScopes.has(named) ? variable : null
}

function apply(settings: Settings, variable: string | null, value: string): void {
  if (variable === 'character_set_client') settings.charset = charsetNamed(value)
  if (variable === 'sql_mode') settings.sqlMode = sqlModeNamed(value)
}

/** A command was sent with this text. What it gives is not known before it has been answered. */
export function beginSettings(session: Session, command: CommandInFlight, text: string): void {
  const { reading } = session
  if (saysIncomplete(command, gapInStatement)) {
    if (reading !== plainReading || maybeSet.test(text)) session.reading = hiddenReading
    return
  }
  const settings = settingsOf(text)
  if (settings === null) return
  const { charset, sqlMode } = settings ?? { charset: null, sqlMode: 0 }
  command.reading = readingOf(charset === undefined ? reading.charset : charset, sqlMode ?? reading.sqlMode)
  session.reading = readingOf(
    charset === undefined || reading.charset === undefined ? reading.charset : null,
    sqlMode === undefined || reading.sqlMode === undefined ? reading.sqlMode : 0,
  )
}

/** It succeeded, and the server may have told more. @param variables of the session, with their values */
export function followSettings(
  session: Session,
  command: CommandInFlight,
  variables: ReadonlyMap<string, string> | null,
): void {
  if (command.reading !== null) session.reading = command.reading
  const charsetTold = variables?.get('character_set_client')
  const modeTold = variables?.get('sql_mode')
  if (charsetTold === undefined && modeTold === undefined) return
  const { charset, sqlMode } = session.reading
  session.reading = readingOf(
    charsetTold === undefined ? charset : charsetNamed(charsetTold),
    modeTold === undefined ? sqlMode : sqlModeNamed(modeTold),
  )
}

/** A gap hides how it ended. @param text of the command */
export function hideSettings(session: Session, { reading }: CommandInFlight, text: string | null): void {
  if (reading !== null || (text !== null && gives(text))) session.reading = hiddenReading
}
