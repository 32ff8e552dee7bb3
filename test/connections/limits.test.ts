/** Every limit of what is kept is counted when it is reached, and told where losses are. */
import t from 'tap'
import { capability } from '../../parsers/mysql/capabilities.ts'
import { mysqlLimits } from '../../parsers/mysql/limits.ts'
import type { Direction } from '../../src/capture/source.ts'
import { Connections } from '../../src/connections/connections.ts'
import { lossText } from '../../src/report/loss-text.ts'
import { frames } from '../parsers/mysql-compression.ts'
import { bytes, greeting, integer, lengthEncoded, login, okPayload, packet, text } from '../parsers/mysql-encoding.ts'
import { recordedEvents } from './recorded-events.ts'

const template = (await recordedEvents()).find((event) => event.kind === 'opened')
if (template?.kind !== 'opened') throw new Error('no connection in the recording')
const { opened } = template

type Moved = [direction: Direction, bytes: Uint8Array, sendInFlight?: true]

/** One connection, seen where it was made. @returns the losses that are not 0 */
function lossesOf(moved: Moved[], midLife = false): Record<string, number> {
  const connections = new Connections({ sink: { exchange: () => undefined }, ignore: () => undefined })
  connections.opened({ ...opened, connection: 1, role: 'connected', midLife }, null)
  const positions = { sent: 0, received: 0 }
  for (const [at, [direction, bytes, sendInFlight = false]] of moved.entries()) {
    const { length } = bytes
    connections.moved(1, direction, positions[direction], length, 1, sendInFlight, bytes, at)
    positions[direction] += length
  }
  connections.closed(1, positions.sent, positions.received, moved.length)
  connections.end(moved.length)
  return Object.fromEntries(Object.entries(connections.losses()).filter(([, count]) => count > 0))
}

const ok = (sequence = 1, status = 2) => packet(sequence, okPayload({ status }))
const times = <Value>(count: number, make: (index: number) => Value): Value[] =>
  Array.from({ length: count }, (_, i) => make(i))
const query = (text: string) => packet(0, 3, text)
const longText = 'x'.repeat(mysqlLimits.textBytes)

function loggedIn(capabilities = 0): Moved[] {
  return [
    ['received', greeting()],
    ['sent', login(capabilities)],
    ['received', ok(2)],
  ]
}

function prepared(id: number, parameters: number): Buffer {
  const definitions = times(parameters, (i) => packet(2 + i, 'def', 0, 0, 0, 0, 0, 0x0c, Buffer.alloc(12)))
  const end = parameters === 0 ? [] : [packet(2 + parameters, 0xfe, 0, 0, 2, 0)]
  const head = packet(1, 0, integer(id, 4), integer(0, 2), integer(parameters, 2), 0, integer(0, 2))
  return Buffer.concat([head, ...definitions, ...end])
}

const execution = (...parameters: (number | Uint8Array)[]) =>
  packet(0, 0x17, integer(1, 4), 0, integer(1, 4), ...parameters)
const ahead = (parameter: number, data: string) => packet(0, 0x18, integer(1, 4), integer(parameter, 2), data)

function withStatement(parameters: number, sent: Uint8Array[]): Moved[] {
  return [
    ...loggedIn(),
    ['sent', packet(0, 0x16, 'INSERT INTO t VALUES (?)')],
    ['received', prepared(1, parameters)],
    ...sent.map((bytes): Moved => ['sent', bytes]),
    ['received', ok()],
  ]
}

void t.test('what the MySQL parser cuts or leaves out is counted by its cause', (t) => {
  t.same(lossesOf([...loggedIn(), ['sent', query('SELECT 1')], ['received', ok()]]), {})
  t.same(lossesOf([...loggedIn(), ['sent', query(`SELECT '${longText}'`)], ['received', ok()]]), { cutTexts: 1 })
  const long = execution(0, 1, 0xfd, 0, lengthEncoded(longText.length), Buffer.from(longText))
  t.same(lossesOf(withStatement(1, [long])), { cutParameters: 1 })
  const sentAhead = [ahead(0, 'y'.repeat(mysqlLimits.longDataBytes + 1)), execution(0, 1, 0xfd, 0)]
  t.same(lossesOf(withStatement(1, sentAhead)), { cutParameters: 1 })
  const many = times(mysqlLimits.longDataValues + 1, (i) => ahead(i, 'z'))
  t.same(lossesOf(withStatement(1, [...many, execution(1, 1, 0xfd, 0)])), { droppedLongData: 1 })
  const results = times(mysqlLimits.results + 9, (i) => ok((1 + i) & 0xff, 2 | (i < mysqlLimits.results + 8 ? 8 : 0)))
  t.same(lossesOf([...loggedIn(), ['sent', query('CALL p()')], ['received', Buffer.concat(results)]]), {
    cutResults: 1,
  })
  const gtids = text(bytes(3, text(bytes(0, text('g'.repeat(mysqlLimits.sessionStateCharacters / 2))))))
  const told = [0x400a, 0x4002].map((status, i) => packet(1 + i, okPayload({ status }), text(''), gtids))
  const tracking = loggedIn(capability.CLIENT_SESSION_TRACK)
  t.same(lossesOf([...tracking, ['sent', query('CALL p()')], ['received', Buffer.concat(told)]]), {
    droppedSessionStates: 1,
  })
  t.same(lossesOf([...loggedIn(), ['received', ok()]]), { unsolicitedAnswers: 1 })
  t.end()
})

void t.test('commands, statements and compressed frames beyond their limits are counted', (t) => {
  const pings = Buffer.concat(times(mysqlLimits.pendingCommands + 5, () => packet(0, 0x0e)))
  t.match(lossesOf([...loggedIn(), ['sent', pings]]), { droppedRequests: 5 })
  const statements = times(mysqlLimits.preparedStatements + 7, (i): Moved[] => [
    ['sent', packet(0, 0x16, 'SELECT 1')],
    ['received', prepared(1 + i, 0)],
  ])
  t.same(lossesOf([...loggedIn(), ...statements.flat()]), { droppedStatements: 7 })
  const framed = frames(query(`SELECT '${'a'.repeat(100)}'`), 0, 'zlib').bytes
  framed.fill(0, 20)
  t.match(lossesOf([...loggedIn(capability.CLIENT_COMPRESS), ['sent', framed], ['received', ok()]]), { cutFrames: 1 })
  t.end()
})

void t.test('compressed frames that become more than a reserve and their share are left unread, and counted', (t) => {
  const statement = query(`SELECT 1${' '.repeat(15 << 20)}`)
  const framed = (bytes: Buffer): Moved => ['sent', frames(bytes, 0, 'zlib', bytes.length).bytes]
  const answer: Moved = ['received', bytes(integer(11, 3), 1, integer(0, 3), ok())]
  const sent = times(5, () => [framed(statement), answer]).flat()
  const compressed = loggedIn(capability.CLIENT_COMPRESS)
  t.match(lossesOf([...compressed, ...sent.slice(0, 2)]), { cutTexts: 1, denseFrames: undefined })
  t.match(lossesOf([...compressed, ...sent]), { cutTexts: 1, denseFrames: 4 })
  // what comes behind is read
  const after: Moved[] = [framed(query(`SELECT '${longText}'`)), answer]
  t.match(lossesOf([...compressed, ...sent, ...after]), { cutTexts: 2, denseFrames: 4 })
  t.end()
})

void t.test('what the HTTP parser cuts or leaves out is counted by its cause', (t) => {
  const answer: Moved = ['received', Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')]
  const get = (target: string, fields = '') => Buffer.from(`GET ${target} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`)
  t.same(lossesOf([['sent', get('/')], answer]), {})
  t.same(lossesOf([['sent', get(`/${'p'.repeat(9000)}`)], answer]), { cutTexts: 1 })
  t.same(lossesOf([['sent', get('/', 'X: yyyyyy\r\n'.repeat(2000))], answer]), { longHeads: 1 })
  t.same(lossesOf([['sent', Buffer.concat(times(259, () => get('/')))]]), { droppedRequests: 3 })
  t.same(lossesOf([['sent', get('/')], answer, ['sent', Buffer.from('\r\n')], ['sent', get('/')], answer]), {
    strayBytes: 2,
  })
  t.end()
})

void t.test('what a connection cannot keep waiting is counted', (t) => {
  const long = query('x'.repeat(100_000))
  const undecided = lossesOf(
    [
      ['sent', long],
      ['received', ok()],
    ],
    true,
  )
  t.equal(undecided['undecidedBytes'], long.length + ok().length - (96 << 10))
  const answers = times(70, (): Moved => ['received', ok(), true])
  const raced = lossesOf([...loggedIn(), ...answers])
  t.equal(raced['disorderedReceives'], 1)
  t.end()
})

void t.test('the line of losses names a text cut at its limit, and does not add it up', (t) => {
  t.equal(
    lossText({ droppedStatements: 2, cutTexts: 3 }),
    '2 (2 prepared statements beyond the limit, 3 texts cut at their limit)',
  )
  const connections = new Connections({ sink: { exchange: () => undefined }, ignore: () => undefined })
  for (const cause of Object.keys(connections.losses()))
    t.notMatch(lossText({ [cause]: 1 }), cause, `${cause} has a name`)
  t.end()
})
