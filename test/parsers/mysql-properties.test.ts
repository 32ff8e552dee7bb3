/** MySQL sessions that nobody wrote: generated ones come back equal, spoilt ones do no harm. */
import fc from 'fast-check'
import t from 'tap'
import type { Exchange, MysqlExchange } from '../../parsers/exchange.ts'
import { MysqlParser } from '../../parsers/mysql/mysql-parser.ts'
import { readParameters } from '../../parsers/mysql/parameters.ts'
import type { Side } from '../../parsers/parser.ts'
import { encode, type Wanted } from './mysql-conversation.ts'
import { sessions } from './mysql-session.ts'

function mysql(exchange: Exchange): MysqlExchange {
  if (exchange.protocol !== 'mysql') throw new Error('the MySQL parser gave out something else')
  return exchange
}

function comparable(exchange: MysqlExchange): Record<keyof Wanted, unknown> {
  const { command, text, database, status, rowsReturned, rowsAffected, resultSets, errorCode } = exchange
  const raw = exchange.parameters ?? null
  return {
    command,
    text: text === null ? null : Buffer.from(text).toString(),
    database,
    status,
    rowsReturned,
    rowsAffected,
    resultSets,
    errorCode,
    parameters: raw === null ? null : readParameters(raw).values,
  }
}

function same(found: unknown, wanted: unknown): void {
  if (JSON.stringify(found) === JSON.stringify(wanted)) return
  throw new Error(`wanted ${JSON.stringify(wanted, null, 1)}\nfound ${JSON.stringify(found, null, 1)}`)
}

const cuts = fc.infiniteStream(fc.integer({ min: 1, max: 120 }))
/** A failure's message carries the seed and the smallest counterexample. */
const runs = Number(process.env['FUZZ_RUNS'] ?? 200)

void t.test('generated sessions come back as they were written, however they are cut', (t) => {
  const property = fc.property(sessions, cuts, (session, cuts) => {
    const { turns, wanted } = encode(session)
    const found: MysqlExchange[] = []
    const parser = new MysqlParser((exchange) => found.push(mysql(exchange)))
    const moved = { client: 0, server: 0 }
    for (const { side, bytes } of turns) {
      moved[side] += bytes.length
      for (let from = 0; from < bytes.length;) {
        const to = from + cuts.next().value
        const chunk = Uint8Array.from(bytes.subarray(from, to))
        parser.push(side, chunk, 1)
        chunk.fill(0xaa)
        from = to
      }
    }
    parser.end(2)
    same(found.map(comparable), wanted.map(ordered))
    const incomplete = found.find(({ incompleteBecause }) => incompleteBecause !== null)
    if (incomplete !== undefined) throw new Error(`incomplete: ${incomplete.incompleteBecause ?? ''}`)
    // every byte of the client belongs to a command; of the server all but the greeting do
    const sent = found.reduce((sum, one) => sum + one.requestBytes, 0)
    const answered = found.reduce((sum, one) => sum + one.responseBytes, 0)
    same({ sent, answered }, { sent: moved.client, answered: moved.server - (turns[0]?.bytes.length ?? 0) })
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: runs }))
  t.end()
})

function ordered(one: Wanted): Record<keyof Wanted, unknown> {
  const { command, text, database, status, rowsReturned, rowsAffected, resultSets, errorCode, parameters } = one
  return { command, text, database, status, rowsReturned, rowsAffected, resultSets, errorCode, parameters }
}

/** The same for a session in which everything was seen. */
function completeOnes(
  turns: { side: Side; bytes: Buffer }[],
  isLost: (turn: number, at: number) => boolean,
): { given: number; complete: string[] } {
  const complete: string[] = []
  let given = 0
  const parser = new MysqlParser((exchange) => {
    given++
    const one = mysql(exchange)
    const { requestPosition: _, ...fields } = { ...one, ...comparable(one) }
    if (one.incompleteBecause === null) complete.push(JSON.stringify(fields))
  })
  for (const [turn, { side, bytes }] of turns.entries()) {
    for (let from = 0; from < bytes.length;) {
      const lost = isLost(turn, from)
      let to = from + 1
      while (to < bytes.length && isLost(turn, to) === lost) to++
      if (lost) parser.gap(side, to - from, turn)
      else parser.push(side, bytes.subarray(from, to), turn)
      from = to
    }
  }
  parser.end(turns.length)
  return { given, complete }
}

const hole = fc.record({ turn: fc.nat(40), from: fc.nat(300), bytes: fc.integer({ min: 1, max: 300 }) })

void t.test('whatever bytes are lost, an exchange that is called complete is one that was written', (t) => {
  const property = fc.property(sessions, fc.array(hole, { minLength: 1, maxLength: 3 }), (session, holes) => {
    const { turns, wanted } = encode(session)
    const written = new Set(completeOnes(turns, () => false).complete)
    const { given, complete } = completeOnes(turns, (turn, at) =>
      holes.some((hole) => hole.turn % turns.length === turn && at >= hole.from && at < hole.from + hole.bytes),
    )
    for (const exchange of complete) if (!written.has(exchange)) throw new Error(`not written: ${exchange}`)
    if (given > wanted.length + 1) throw new Error(`${given} exchanges out of ${wanted.length}`)
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 2 * runs }))
  t.end()
})

interface Blow {
  turn: number
  at: number
  kind: 'flip' | 'lose' | 'insert'
  byte: number
}

const blows = fc.array(
  fc.record<Blow>({
    turn: fc.nat(40),
    at: fc.nat(400),
    kind: fc.constantFrom('flip', 'lose', 'insert'),
    byte: fc.nat(255),
  }),
  { minLength: 1, maxLength: 4 },
)

void t.test('spoilt sessions never throw and stay bounded', (t) => {
  const property = fc.property(sessions, blows, fc.boolean(), (session, blows, midLife) => {
    let given = 0
    const read = (exchange: Exchange): void => {
      given++
      const raw = mysql(exchange).parameters ?? null
      if (raw !== null) readParameters(raw)
    }
    const parser = new MysqlParser(read, { midLife, limits: { pendingCommands: 4, textBytes: 300 } })
    const { turns } = encode(session)
    for (const [index, { side, bytes }] of turns.entries()) {
      let rest = Buffer.from(bytes)
      for (const { kind, at, byte } of blows.filter((blow) => blow.turn % turns.length === index)) {
        const from = at % (rest.length + 1)
        if (kind === 'flip' && from < rest.length) rest[from] = byte
        if (kind === 'insert')
          rest = Buffer.concat([rest.subarray(0, from), Buffer.of(byte, byte), rest.subarray(from)])
        if (kind === 'lose') {
          parser.push(side, rest.subarray(0, from), index)
          parser.gap(side, 1 + byte, index)
          rest = rest.subarray(from)
        }
      }
      parser.push(side, rest, index)
    }
    parser.end(turns.length)
    // a text may hold what looks like commands; each takes five bytes at least
    const most = turns.reduce((sum, { bytes }) => sum + 1 + bytes.length / 5, 4)
    if (given > most) throw new Error(`${given} exchanges out of ${session.commands.length}`)
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 2 * runs }))
  t.end()
})

void t.test('bytes of any kind never throw', (t) => {
  const push = fc.record({ side: fc.constantFrom<Side>('client', 'server'), bytes: fc.uint8Array({ maxLength: 400 }) })
  const property = fc.property(
    fc.array(push, { maxLength: 12 }),
    fc.boolean(),
    fc.boolean(),
    (pushes, midLife, login) => {
      const parser = new MysqlParser(
        (exchange) => {
          const raw = mysql(exchange).parameters ?? null
          if (raw !== null) readParameters(raw)
        },
        { midLife },
      )
      const session = { deprecateEof: false, tracks: false, attributes: false, compresses: login, commands: [] }
      if (!midLife) for (const { side, bytes } of encode(session).turns) parser.push(side, bytes, 0)
      for (const [at, { side, bytes }] of pushes.entries()) parser.push(side, bytes, at)
      parser.end(pushes.length)
    },
  )
  t.doesNotThrow(() => fc.assert(property, { numRuns: 2 * runs }))
  t.end()
})
