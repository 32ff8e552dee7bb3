/**
 * Executions of prepared statements (manual, "COM_STMT_EXECUTE"; MariaDB's "COM_STMT_BULK_EXECUTE"): which statement they
 * name, its text, and their parameters, kept as sent until somebody wants to read them.
 */
import { bulkTypes } from './bulk-parameters.ts'
import { has } from './capabilities.ts'
import { type CommandInFlight, markIncomplete } from './command-in-flight.ts'
import type { ConnectionParts } from './connection-parts.ts'
import type { LongData } from './long-data.ts'
import type { Packet } from './packet.ts'
import { fits, hasNull, layoutOf } from './parameter-layout.ts'
import { Payload } from './payload.ts'
import type { RawParameters } from './raw-parameters.ts'
import { copied } from './kept-text.ts'
import { plainReading, readParametersAs } from './reading.ts'

/** A statement that was sent to be prepared. Id and number of parameters come with the answer. */
export interface Preparation {
  text: Uint8Array
  textLength: number
  id: number | null
  parameters: number | null
}

/** MariaDB: the statement prepared last, also while the server has not told its id yet. */
const lastPreparedId = 0xffffffff
/** Code 1, statement id 4; then flags 1 and iterations 4, or for a bulk flags 2. */
const fixedBytes = { execute: 10, bulk: 7 } as const

export class ExecutionReader {
  readonly #parts: ConnectionParts
  #lastPreparation: Preparation | null = null

  constructor(parts: ConnectionParts) {
    this.#parts = parts
  }

  /** A COM_STMT_PREPARE was sent. */
  prepare(command: CommandInFlight): void {
    const { text, textLength } = command.exchange
    this.#lastPreparation = text === null ? null : { text, textLength, id: null, parameters: null }
    command.preparation = this.#lastPreparation
  }

  /** It was answered. @param pending commands sent since, of which some may execute it already */
  prepared(command: CommandInFlight, id: number, parameters: number, pending: Iterable<CommandInFlight>): void {
    const { preparation } = command
    if (preparation === null) return
    preparation.id = id
    preparation.parameters = parameters
    const { text, textLength } = preparation
    const { statements } = this.#parts
    statements.add(id, { text, textLength, parameters, types: null })
    // the command's own text shares memory with others that come and go
    preparation.text = statements.get(id)?.text ?? text
    for (const later of pending) {
      // what comes behind another preparation names that one
      if (later !== command && later.facts === command.facts) break
      const raw = later.exchange.parameters
      if (later === command || later.preparation !== preparation || raw === null || raw === undefined) continue
      raw.count = parameters
      if (parameters > 0) this.#bind(later, raw, id, false)
    }
  }

  /** Its answer was not seen, so neither was the id. */
  unprepared({ preparation }: CommandInFlight): void {
    if (preparation === this.#lastPreparation) this.#lastPreparation = null
  }

  /** Commands were missed: none of them is the last one prepared for certain. */
  doubt(): void {
    this.#lastPreparation = null
    this.#parts.statements.doubtTypes()
  }

  read(command: CommandInFlight, packet: Packet, kind: 'execute' | 'bulk'): void {
    const { session, statements, limits, counts } = this.#parts
    const id = this.#readStatement(command, packet)
    const { exchange } = command
    const from = packet.start + fixedBytes[kind]
    // whichever statement it is, its types may be others from now on
    if (id === undefined) statements.doubtTypes()
    if (packet.length < fixedBytes[kind] || id === undefined) return
    const length = packet.length - fixedBytes[kind]
    const seen = Math.max(0, packet.end - from)
    const kept = Math.min(seen, limits.parameterBytes)
    const statement = statements.get(id)
    const raw: RawParameters = {
      kind,
      bytes: copied(packet.bytes, from, from + kept),
      length,
      count: statement?.parameters ?? command.preparation?.parameters ?? null,
      types: statements.typesOf(id),
      named: kind === 'bulk' ? false : has(session.capabilities, 'CLIENT_QUERY_ATTRIBUTES'),
      flags: packet.bytes[packet.start + 5] ?? 0,
      charset: null,
      longData: statements.longData?.take(id) ?? null,
    }
    if (session.reading !== plainReading) readParametersAs(command, raw, session)
    const mayLack = statements.mayLackLongData(id)
    statements.settle(id)
    exchange.parameters = raw
    if (kept < length) {
      if (kept === limits.parameterBytes) counts.cutParameters++
      markIncomplete(command, kept < seen ? `parameters cut at ${kept} bytes` : 'a gap in the parameters')
    }
    if (raw.longData !== null && isShortened(raw.longData)) counts.cutParameters++
    if (raw.longData !== null && (mayLack || [...raw.longData.values()].some(({ isCut }) => isCut))) {
      markIncomplete(command, 'a gap in the parameters')
    }
    this.#bindParameters(command, raw, id, mayLack, statement !== undefined)
    if (raw.longData !== null && mayLack) exchange.parameters = null
  }

  #bindParameters(
    command: CommandInFlight,
    raw: RawParameters,
    id: number,
    mayLackLongData: boolean,
    isPrepared: boolean,
  ): void {
    if (raw.count === null && mayLackLongData && !isWithoutNull(raw)) {
      exchangeWithout(command, 'a gap may hide a part of the parameters')
      return
    }
    if (raw.count === null) {
      if (command.preparation === null && isPrepared) markIncomplete(command, 'parameters not known')
      return
    }
    if (raw.count > 0) this.#bind(command, raw, id, mayLackLongData)
  }

  readFetch(command: CommandInFlight, packet: Packet): void {
    this.#readStatement(command, packet)
  }

  /** @returns the statement's id, where it is known; the exchange has its text then */
  #readStatement(command: CommandInFlight, packet: Packet): number | undefined {
    const named = new Payload(packet.bytes, packet.start + 1, packet.end).integer(4)
    if (named === undefined) {
      markIncomplete(command, 'a gap in the command')
      return undefined
    }
    if (named === lastPreparedId) return this.#readLastPrepared(command)
    const statement = this.#parts.statements.get(named)
    if (statement === undefined) {
      markIncomplete(
        command,
        this.#parts.statements.dropped > 0 ? 'its text was not kept' : 'prepared before it could be seen',
      )
      return named
    }
    command.exchange.text = statement.text
    command.exchange.textLength = statement.textLength
    if (statement.text.length < statement.textLength) {
      markIncomplete(command, `statement cut at ${statement.text.length} bytes`)
    }
    return named
  }

  #readLastPrepared(command: CommandInFlight): number | undefined {
    const preparation = this.#lastPreparation
    if (preparation === null) {
      markIncomplete(command, 'prepared before it could be seen')
      return lastPreparedId
    }
    command.preparation = preparation
    command.exchange.text = preparation.text
    command.exchange.textLength = preparation.textLength
    if (preparation.text.length < preparation.textLength) {
      markIncomplete(command, `statement cut at ${preparation.text.length} bytes`)
    }
    return preparation.id ?? lastPreparedId
  }

  /** Remembers the types that this execution brings, for the next ones that bring none. */
  #bind(command: CommandInFlight, raw: RawParameters, id: number, mayLackLongData: boolean): void {
    const { statements } = this.#parts
    if (raw.kind === 'bulk') {
      const types = bulkTypes(raw)
      if (types !== null) statements.bind(id, types)
      else if (raw.types === null) markIncomplete(command, 'the types of its parameters were not seen')
      return
    }
    const layout = layoutOf(raw)
    if (layout?.types !== undefined && layout.types !== null) {
      if (layout.typesSent) statements.bind(id, layout.types)
      // what was sent ahead stands for a NULL too
      if (mayLackLongData && raw.bytes.length === raw.length && (!fits(raw, layout) || hasNull(raw, layout))) {
        exchangeWithout(command, 'a gap may hide a part of the parameters')
      }
    } else if (raw.bytes.length < raw.length) {
      statements.unbind(id)
    } else {
      exchangeWithout(command, 'the types of its parameters were not seen')
    }
  }
}

/** What was sent ahead stands for a NULL too. */
function isWithoutNull(raw: RawParameters): boolean {
  const layout = layoutOf(raw)
  return layout !== undefined && !hasNull(raw, layout)
}

function isShortened(longData: LongData): boolean {
  return [...longData.values()].some(({ bytes, length, isCut }) => bytes.length < length && !isCut)
}

function exchangeWithout(command: CommandInFlight, reason: string): void {
  command.exchange.parameters = null
  markIncomplete(command, reason)
}
