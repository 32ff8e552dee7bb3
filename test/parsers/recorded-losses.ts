/** What a recorded MySQL connection tells after losses, held against what it tells whole: what is unknown is null, and nothing is another value. */
import type { MysqlExchange } from '../../parsers/exchange.ts'
import { isAscii } from '../../parsers/mysql/charset.ts'
import { MysqlParser } from '../../parsers/mysql/mysql-parser.ts'
import { readParameters } from '../../parsers/mysql/parameters.ts'
import type { Side } from '../../parsers/parser.ts'

export interface Moved {
  side: Side
  bytes: Uint8Array
  /** Bytes that moved behind these and were not copied. */
  missing: number
  at: number
}

export interface LossCounts {
  /** Values that could be told, and were. */
  told: number
  /** Values that could be told, and were not. */
  unknown: number
  wrong: string[]
}

type Values = ReadonlyMap<string, string | null>

/** As connections ask what is quiet, and how often. */
const quietNs = 100e6
const tickNs = 50e6

/** By position of the request in the client's stream. */
type Told = ReadonlyMap<number, Values>

function tell(events: readonly Moved[], midLife: boolean, isLost: (index: number) => boolean, position: number): Told {
  const told = new Map<number, Values>()
  const parser = new MysqlParser(
    (exchange) => {
      if (exchange.protocol === 'mysql') told.set(position + exchange.requestPosition, valuesOf(exchange))
    },
    { midLife, onHeld: () => (isUnsettled = true) },
  )
  let isUnsettled = midLife
  let lastAt = events[0]?.at ?? 0
  for (const [index, { side, bytes, missing, at }] of events.entries()) {
    for (let tick = lastAt + quietNs; isUnsettled && tick < at; tick += tickNs) isUnsettled = parser.settle(tick)
    lastAt = at
    const lost = isLost(index)
    if (!lost) parser.push(side, bytes, at)
    const hole = missing + (lost ? bytes.length : 0)
    if (hole > 0) parser.gap(side, hole, at)
    if (hole > 0) isUnsettled = true
  }
  parser.end(lastAt)
  return told
}

/** What may be null where it is not known. */
function valuesOf(exchange: MysqlExchange): Values {
  const { text, textLength, parameters, results, sessionState } = exchange
  const isCut = text === null || text.length < textLength
  const values = parameters === null || parameters === undefined ? null : readParameters(parameters).values
  const known: Record<string, unknown> = {
    command: exchange.command,
    // how others are read is not known to whoever joins
    text: isCut || !isAscii(text) ? null : Buffer.from(text).toString('latin1'),
    parameters: values?.some((value) => JSON.stringify(value, bigints) === '{"unknown":true}') === true ? null : values,
    results: results?.map(({ kind, rowsReturned, rowsAffected }) => [kind, rowsReturned, rowsAffected]) ?? null,
    complete: exchange.incompleteBecause === null,
    sessionState: sessionState?.cut === true ? null : sessionState,
  }
  for (const name of scalars) known[name] = exchange[name]
  // shares of frames, which are rounded
  if (exchange.transport === 'compressed') known['requestBytes'] = known['responseBytes'] = null
  // where the client's further packets end is not looked for behind a loss
  if (isContinued(exchange)) known['requestBytes'] = known['responseBytes'] = null
  // where a second gap hides the next command as well, its bytes count as the longer statement's
  if (isCut && textLength >= 2 ** 24) known['requestBytes'] = null
  // how the capture ended it, not how the server did
  if (exchange.status === 'unfinished') known['status'] = null
  return new Map(
    Object.entries(known).map(([name, value]) => [name, value === null ? null : JSON.stringify(value, bigints)]),
  )
}

function isContinued({ command, text }: MysqlExchange): boolean {
  const isLoad = text !== null && /^load data local/i.test(Buffer.from(text).toString())
  return isLoad || ['COM_CONNECT', 'COM_CHANGE_USER', 'COM_TABLE_DUMP', 'COM_CLONE'].includes(command)
}

const scalars = [
  'transport',
  'status',
  'user',
  'database',
  'firstByteAt',
  'endedAt',
  'rowsReturned',
  'rowsAffected',
  'lastInsertId',
  'warnings',
  'resultSets',
  'serverStatus',
  'errorCode',
  'sqlState',
  'errorMessage',
  'requestBytes',
  'responseBytes',
] as const

function bigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

function compare(whole: Told, damaged: Told, what: string, counts: LossCounts): void {
  for (const [position, values] of damaged) {
    const right = whole.get(position)
    // whoever joins inside a frame counts its header in or not
    if (right === undefined && isCompressed(whole)) continue
    if (right === undefined) {
      counts.wrong.push(`${what}: an invented command at ${position}: ${JSON.stringify([...values])}`)
      continue
    }
    for (const [name, value] of values) {
      if (name === 'complete' || name === 'transport') continue
      const wanted = right.get(name) ?? null
      // a connection that is recorded with holes may be known better by who joins behind them
      if (wanted === null && right.get('complete') === 'false') continue
      if (
        value !== null &&
        value !== wanted &&
        !((name === 'errorMessage' || name === 'sessionState') && wanted?.startsWith(value.slice(0, -1)))
      ) {
        counts.wrong.push(
          `${what}: ${name} ${value} for ${wanted ?? 'null'} at ${position}: ${right.get('text') ?? ''}`,
        )
      } else if (value !== null) counts.told++
      else if (wanted !== null) counts.unknown++
    }
  }
}

function isCompressed(told: Told): boolean {
  return [...told.values()].some((values) => values.get('transport') === '"compressed"')
}

/** Each event lost in turn, and the one `apart` behind it too. */
export function lossesInTurn(events: readonly Moved[], apart: number | null = null, every = 1): LossCounts {
  const counts: LossCounts = { told: 0, unknown: 0, wrong: [] }
  const whole = tell(events, false, () => false, 0)
  for (let lost = 0; lost < events.length; lost += every) {
    const damaged = tell(events, false, (index) => index === lost || index === lost + (apart ?? 0), 0)
    compare(whole, damaged, `${events[lost]?.side ?? ''} event ${lost} lost`, counts)
  }
  return counts
}

/** Joined at each event in turn. */
export function joinsInTurn(events: readonly Moved[], every = 1): LossCounts {
  const counts: LossCounts = { told: 0, unknown: 0, wrong: [] }
  const whole = tell(events, false, () => false, 0)
  let position = 0
  for (const [from, { side, bytes, missing }] of events.entries()) {
    if (from > 0 && from % every === 0) {
      compare(
        whole,
        tell(events.slice(from), true, () => false, position),
        `joined at event ${from}`,
        counts,
      )
    }
    if (side === 'client') position += bytes.length + missing
  }
  return counts
}
