/** Fuzzing of the MySQL parser: made-up sessions come back equal, damaged ones never lie, spoilt ones do no harm. */
import type { Exchange, MysqlExchange } from '../../parsers/exchange.ts'
import { type MysqlLimits, mysqlLimits } from '../../parsers/mysql/limits.ts'
import { MysqlParser } from '../../parsers/mysql/mysql-parser.ts'
import { readParameters } from '../../parsers/mysql/parameters.ts'
import { StatementTexts } from '../../parsers/mysql/statement-texts.ts'
import { type Conversation, encode, type Turn, type Wanted } from '../parsers/mysql-conversation.ts'
import { madeUpSession, type Session } from '../parsers/mysql-session.ts'
import type { Choices } from './choices.ts'
import { deliver, heldBytes, spoil, type Piece, pieces } from './damage.ts'
import type { Kind } from './kind.ts'

interface MadeUp extends Conversation {
  session: Session
  /** What is complete of it, seen whole, at each turn's time; found when it is needed. */
  complete?: Set<string>
}

function madeUp(choices: Choices): MadeUp {
  const session = madeUpSession(choices)
  const { turns, wanted, apart } = encode(session)
  return { session, turns, wanted, apart }
}

function completeOf(made: MadeUp): Set<string> {
  const whole = made.turns.map(({ side, bytes }, turn): Piece => ({ side, bytes, missing: 0, at: turn }))
  return (made.complete ??= new Set(completeOnes(whole).complete))
}

function mysql(exchange: Exchange): MysqlExchange {
  if (exchange.protocol !== 'mysql') throw new Error('the MySQL parser gave out something else')
  return exchange
}

function parametersOf({ parameters }: MysqlExchange) {
  return parameters === null || parameters === undefined ? null : readParameters(parameters).values
}

function comparable(exchange: MysqlExchange): Record<keyof Wanted, unknown> {
  const { command, text, user, database, status, rowsReturned, rowsAffected, resultSets } = exchange
  const { lastInsertId, errorCode, results = null } = exchange
  return {
    command,
    text: text === null ? null : Buffer.from(text).toString(),
    user,
    database,
    status,
    rowsReturned,
    rowsAffected,
    resultSets,
    gtids: exchange.sessionState?.gtids ?? null,
    lastInsertId,
    errorCode,
    results: results?.map(({ kind }) => kind) ?? null,
    parameters: parametersOf(exchange),
  }
}

function ordered(wanted: Wanted): Wanted {
  const { command, ...others } = wanted
  return { command, ...others }
}

function same(found: unknown, wanted: unknown): void {
  if (JSON.stringify(found) === JSON.stringify(wanted)) return
  throw new Error(`wanted ${JSON.stringify(wanted, null, 1)}\nfound ${JSON.stringify(found, null, 1)}`)
}

function completeOnes(pieces: Piece[]): { given: number; complete: string[] } {
  const complete: string[] = []
  let given = 0
  const parser = new MysqlParser((exchange) => {
    given++
    if (exchange.incompleteBecause !== null) return
    const one = mysql(exchange)
    const { requestPosition: _, attributes: __, ...fields } = { ...one, ...comparable(one), results: one.results }
    complete.push(JSON.stringify(fields))
  })
  deliver(parser, pieces)
  return { given, complete }
}

const sessionsComeBack: Kind<MadeUp> = {
  name: 'mysql-sessions',
  title: 'generated MySQL sessions come back as they were written, however they are cut',
  casesForEach: 4,
  make: madeUp,
  check({ turns, wanted, apart }, choices) {
    const found: MysqlExchange[] = []
    const parser = new MysqlParser((exchange) => found.push(mysql(exchange)))
    deliver(parser, pieces(turns, choices, 0))
    same(found.map(comparable), wanted.map(ordered))
    const incomplete = found.find(({ incompleteBecause }) => incompleteBecause !== null)
    if (incomplete !== undefined) throw new Error(`incomplete: ${incomplete.incompleteBecause ?? ''}`)
    const moved = (side: Turn['side']) =>
      turns.reduce((sum, turn) => sum + (turn.side === side ? turn.bytes.length : 0), 0) - apart[side]
    const sent = found.reduce((sum, one) => sum + one.requestBytes, 0)
    const answered = found.reduce((sum, one) => sum + (one.responseBytes ?? 0), 0)
    same({ sent, answered }, { sent: moved('client'), answered: moved('server') })
  },
}

const lossesAreTold: Kind<MadeUp> = {
  name: 'mysql-losses',
  title: 'whatever bytes of a MySQL session are lost, an exchange that is called complete is one that was written',
  casesForEach: 60,
  make: madeUp,
  check(made, choices) {
    const { turns, wanted } = made
    const complete = completeOf(made)
    const { given, complete: found } = completeOnes(pieces(turns, choices, choices.between(1, 3)))
    for (const exchange of found) if (!complete.has(exchange)) throw new Error(`not written: ${exchange}`)
    if (given > wanted.length + 1) throw new Error(`${given} exchanges out of ${wanted.length}`)
  },
}

const small: Partial<MysqlLimits> = {
  pendingCommands: 4,
  textBytes: 300,
  parameterBytes: 200,
  preparedStatements: 3,
  longDataValues: 2,
  longDataBytes: 40,
  compressedFrameBytes: 120,
}

/** A parser whose bounds are looked at after each chunk; throws when one does not hold. */
function bounded(options: { midLife: boolean; limits: Partial<MysqlLimits> }, most: number) {
  const limits = { ...mysqlLimits, ...options.limits }
  const texts = new StatementTexts(2000)
  let given = 0
  const parser = new MysqlParser(
    (exchange) => {
      given++
      const one = mysql(exchange)
      parametersOf(one)
      if ((one.text?.length ?? 0) > limits.textBytes) throw new Error('a text longer than is kept')
      if (given > most) throw new Error(`more than ${most} exchanges`)
    },
    { ...options, texts },
  )
  const look = (): void => {
    const { commands, statements, bytes } = parser.held
    if (commands > limits.pendingCommands + 1) throw new Error(`${commands} commands pending`)
    if (statements > limits.preparedStatements) throw new Error(`${statements} prepared statements`)
    const mostBytes = heldBytes(limits)
    if (bytes > mostBytes) throw new Error(`${bytes} bytes held, of ${mostBytes}`)
    if (texts.bytes > 2000) throw new Error(`${texts.bytes} bytes of texts`)
  }
  const over = (): void => {
    if (texts.size > 0) throw new Error(`${texts.size} texts kept when the connection is over`)
  }
  return { parser, look, over }
}

const spoiltSessions: Kind<MadeUp> = {
  name: 'mysql-spoilt',
  title: 'spoilt MySQL sessions never throw and stay bounded',
  casesForEach: 50,
  make: madeUp,
  check({ turns }, choices) {
    const midLife = choices.oneIn(2)
    const limits = choices.oneIn(4) ? {} : small
    const spoilt = spoil(turns, choices)
    // a text may hold what looks like commands; each takes five bytes at least
    const most = spoilt.reduce((sum, { bytes, missing }) => sum + 1 + (bytes.length + missing) / 5, 4)
    const { parser, look, over } = bounded({ midLife, limits }, most)
    deliver(parser, spoilt, look)
    over()
  },
}

const anyBytes: Kind<MadeUp> = {
  name: 'mysql-bytes',
  title: 'bytes of any kind never throw past the MySQL parser',
  casesForEach: 200,
  make: madeUp,
  check({ turns, session }, choices) {
    const midLife = choices.oneIn(2)
    const { parser, look, over } = bounded({ midLife, limits: small }, 10_000)
    // from a login on everything is read as commands
    const began = !midLife && session.login === 'native' ? (session.proxy === 'none' ? 3 : 4) : 0
    const login = turns.slice(0, began).map(({ side, bytes }): Piece => ({ side, bytes, missing: 0, at: 0 }))
    const any = choices.many(1, 8, (): Piece => {
      const side = choices.pick('client' as const, 'server' as const)
      return { side, bytes: packetLike(choices, side), missing: choices.oneIn(8) ? choices.below(300) : 0, at: 1 }
    })
    deliver(parser, [...login, ...any], look)
    over()
  },
}

/** Often with a header that is right, so that it is read. */
function packetLike(choices: Choices, side: 'client' | 'server'): Uint8Array {
  const payload = choices.bytes(choices.pick(8, 30, 200))
  if (choices.oneIn(4)) return payload
  const sequence = side === 'client' ? 0 : choices.pick(1, 1, 2, 0)
  return Buffer.concat([Buffer.of(payload.length & 0xff, payload.length >> 8, 0, sequence), payload])
}

export const mysqlKinds = [sessionsComeBack, lossesAreTold, spoiltSessions, anyBytes]
