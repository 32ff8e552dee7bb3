/** Losses of which the rest of the session cannot be told, so that no fixture can hold them; most were found by fuzzing. */
import t from 'tap'
import type { MysqlExchange } from '../../parsers/exchange.ts'
import { capability } from '../../parsers/mysql/capabilities.ts'
import { MysqlParser } from '../../parsers/mysql/mysql-parser.ts'
import type { Side } from '../../parsers/parser.ts'
import { frames } from './mysql-compression.ts'
import {
  definitionPayload,
  eofPayload,
  greeting,
  integer,
  login,
  okPayload,
  packet,
  proxyHeader,
  switchPayload,
  text,
} from './mysql-encoding.ts'

/** Bytes, or how many of them were not seen. */
type Said = [side: Side, what: Uint8Array | number]

function exchangesOf(conversation: Said[]): MysqlExchange[] {
  const found: MysqlExchange[] = []
  const parser = new MysqlParser((exchange) => {
    if (exchange.protocol === 'mysql') found.push(exchange)
  })
  for (const [at, [side, what]] of conversation.entries()) {
    if (typeof what === 'number') parser.gap(side, what, at)
    else parser.push(side, what, at)
  }
  parser.end(conversation.length)
  return found
}

const ok = (sequence = 1) => packet(sequence, okPayload({}))
const query = (sql: string) => packet(0, 3, sql)
const prepared = (id: number) => packet(1, 0, integer(id, 4), integer(0, 2), integer(0, 2), 0, integer(0, 2))

function loggedIn(capabilities = 0): Said[] {
  return [
    ['server', greeting()],
    ['client', login(capabilities)],
    ['server', ok(2)],
  ]
}

/** The login's answer is there but for its first byte. */
function loginUnread(): Said[] {
  return [...loggedIn(capability.CLIENT_COMPRESS).slice(0, 2), ['server', 1], ['server', ok(2).subarray(1)]]
}

const longQuery = query(`DO '${'abcdefghij'.repeat(16)}'`)

void t.test(
  'commands sent at once behind a lost answer are not said to be unanswered when the connection ends',
  (t) => {
    const found = exchangesOf([
      ...loggedIn(),
      ['client', query('SELECT 1')],
      ['server', 2],
      ['server', ok().subarray(2)],
      ['client', Buffer.concat([query('SELECT 2'), query('SELECT 3')])],
      ['server', Buffer.concat([ok(), ok()])],
    ])
    t.match(found.slice(2), [
      { status: null, rowsAffected: null, incompleteBecause: 'which answer is whose is not known' },
      { status: null, rowsAffected: null, incompleteBecause: 'which answer is whose is not known' },
    ])
    t.end()
  },
)

void t.test('an answer to a command that was not seen is not the earlier one’s whose answer has a hole', (t) => {
  const found = exchangesOf([
    ...loggedIn(),
    ['client', packet(0, 0x16, 'SELECT 1')],
    ['server', 1],
    ['server', prepared(1).subarray(1)],
    ['client', packet(0, 0x19, integer(1, 4)).subarray(0, 1)],
    ['client', 8],
    ['client', packet(0, 0x16, 'SELECT 2')],
    ['server', prepared(2)],
    ['client', packet(0, 0x17, integer(2, 4), 0, integer(1, 4))],
    ['server', ok()],
  ])
  const execution = found.find(({ command }) => command === 'COM_STMT_EXECUTE')
  t.match(execution, { text: null, incompleteBecause: /prepared before it could be seen/ })
  t.end()
})

void t.test('a COM_CHANGE_USER in a gap behind a lost answer leaves neither user nor schema', (t) => {
  const framed = (bytes: Buffer, sequence: number) => frames(bytes, sequence, 'zlib').bytes
  const pinged = framed(ok(), 1)
  const found = exchangesOf([
    ...loggedIn(capability.CLIENT_COMPRESS),
    ['client', framed(packet(0, 0x0e), 0)],
    ['server', pinged.subarray(0, 9)],
    ['server', 1],
    ['server', pinged.subarray(10)],
    ['client', 38],
    ['server', framed(packet(1, switchPayload), 1)],
    ['client', framed(packet(2, '01234567890123456789'), 2)],
    ['server', framed(ok(3), 3)],
    ['client', framed(query('SELECT 1'), 0)],
    ['server', framed(ok(), 1)],
  ])
  t.match(found.at(-1), { text: Buffer.from('SELECT 1'), user: null, database: null, incompleteBecause: String })
  t.end()
})

void t.test(
  'compressed frames larger than what they hold are no plain commands behind a login whose end was not seen',
  (t) => {
    const grown = frames(query(`DO '${'x'.repeat(50)}'`), 0, 'zstd').bytes
    const found = exchangesOf([...loginUnread(), ['client', grown], ['server', frames(ok(), 1, 'zstd').bytes]])
    t.match(found.at(-1), { command: 'COM_QUERY', transport: 'compressed', status: 'ok' })
    t.end()
  },
)

void t.test(
  'a gap in the first bytes that could tell whether they are compressed leaves nothing to be read as plain',
  (t) => {
    const framed = frames(query('SELECT 1'), 0, 'zlib').bytes
    const found = exchangesOf([
      ...loginUnread(),
      ['client', framed.subarray(0, 5)],
      ['client', 1],
      ['client', framed.subarray(6)],
      ['server', frames(ok(), 1, 'zlib').bytes],
      ['client', framed],
      ['server', frames(ok(), 1, 'zlib').bytes],
    ])
    t.same(
      found.map(({ command }) => command),
      ['COM_CONNECT', 'COM_QUERY'],
    )
    t.match(found.at(-1), { text: Buffer.from('SELECT 1'), transport: 'compressed', incompleteBecause: String })
    t.end()
  },
)

void t.test('behind a lost answer, the answer to a command of two compressed frames goes on with the third', (t) => {
  const lost: Said[] = [
    ...loggedIn(capability.CLIENT_COMPRESS),
    ['client', frames(query('SELECT 1'), 0, 'zlib').bytes],
    ['server', 1],
    ['server', frames(ok(), 1, 'zlib').bytes.subarray(1)],
  ]
  const asked = frames(longQuery, 0, 'zlib')
  t.equal(asked.next, 2)
  const found = exchangesOf([...lost, ['client', asked.bytes], ['server', frames(ok(), 2, 'zlib').bytes]])
  t.match(found.at(-1), { status: 'ok', incompleteBecause: null })
  const other = exchangesOf([...lost, ['client', asked.bytes], ['server', frames(ok(), 5, 'zlib').bytes]])
  t.match(other.at(-1), { status: null, rowsAffected: null, incompleteBecause: 'a gap in the response' })
  t.end()
})

void t.test('commands that share a compressed frame have as many bytes of it however it is cut', (t) => {
  const asked = frames(Buffer.concat([query('SELECT 1'), query('SELECT 1'), query('SELECT 1')]), 0, 'zlib', 26).bytes
  const cuts = [1, 3, 1000].map((size) => {
    const parts: Said[] = []
    for (let from = 0; from < asked.length; from += size) parts.push(['client', asked.subarray(from, from + size)])
    const found = exchangesOf([...loggedIn(capability.CLIENT_COMPRESS), ...parts])
    return found.slice(1).map(({ requestBytes, requestPosition }) => [requestBytes, requestPosition])
  })
  t.equal(cuts[0]?.length, 3)
  t.same(cuts[0], cuts[2])
  t.same(cuts[1], cuts[2])
  t.end()
})

const databaseBehind = (...statements: string[]): unknown => {
  const answers = statements.flatMap((sql): Said[] => [
    ['client', query(sql)],
    ['server', ok()],
  ])
  return exchangesOf([...loggedIn(), ...answers, ['client', query('SELECT 1')]]).at(-1)?.database
}

void t.test('a USE among comments of any length changes the schema', (t) => {
  t.equal(databaseBehind('USE a'), 'a')
  t.equal(databaseBehind("use a /* traceparent='00-0af7' */"), 'a')
  t.equal(databaseBehind('/* x */ # y\n-- z\nUSE`a``b`; -- end'), 'a`b')
  t.equal(databaseBehind(`/* ${'x'.repeat(2000)} */ USE a`), 'a')
  t.equal(databaseBehind('USE/**/a/**/'), 'a')
  t.equal(databaseBehind('/* x */ DROP DATABASE shop'), null)
  t.equal(databaseBehind('USE a b'), 'shop')
  t.equal(databaseBehind('used a'), 'shop')
  t.equal(databaseBehind('USE /* a'), 'shop')
  t.end()
})

void t.test('a USE behind a quote that does not end leaves no schema among several statements', (t) => {
  const two = Buffer.concat([packet(1, okPayload({ status: 2 | 8 })), packet(2, okPayload({}))])
  const behind = (sql: string) =>
    exchangesOf([...loggedIn(), ['client', query(sql)], ['server', two], ['client', query('SELECT 1')]]).at(-1)
  t.match(behind("SELECT ';USE x'; USE a"), { database: 'a', incompleteBecause: null })
  t.match(behind("SELECT '\\'; USE a"), { database: null, incompleteBecause: String })
  t.match(behind("SELECT '\\'; SELECT 2"), { database: 'shop', incompleteBecause: null })
  t.end()
})

void t.test(
  'a COM_CHANGE_USER behind a login that was not seen is the proxied client’s, or whose is not known',
  (t) => {
    const changed: Said[] = [
      ['server', ok(2)],
      ['client', packet(0, 0x11, 'bob', 0, 0, 'hr', 0, 255, 0, 'some_plugin', 0)],
      ['server', ok()],
      ['client', query('SELECT 1')],
      ['server', ok()],
    ]
    const named = exchangesOf([['client', proxyHeader()], ['server', greeting()], ['client', 72], ...changed])
    // its capabilities are not known still
    t.match(named.at(-1), { user: 'bob', proxied: { address: '10.0.0.9' }, incompleteBecause: 'joined in mid-life' })
    const unseen = exchangesOf([['server', greeting()], ['client', 72], ...changed])
    t.match(unseen.at(-1), { user: 'bob', proxied: null, incompleteBecause: 'joined in mid-life' })
    t.end()
  },
)

void t.test('the missing header of an EOF does not say that none comes from now on', (t) => {
  const eof = (sequence: number) => packet(sequence, eofPayload())
  const definition = (sequence: number) => packet(sequence, definitionPayload('a'))
  const oneParameter = packet(1, 0, integer(1, 4), integer(0, 2), integer(1, 2), 0, integer(0, 2))
  const answers: [request: Buffer, head: Buffer, eof: Buffer, rest: Buffer][] = [
    [packet(0, 0x16, 'DO ?'), Buffer.concat([oneParameter, definition(2)]), eof(3), Buffer.alloc(0)],
    [query('SELECT a FROM t'), Buffer.concat([packet(1, 1), definition(2)]), eof(3), eof(4)],
  ]
  for (const [request, head, cut, rest] of answers) {
    const [greeted] = loggedIn()
    const found = exchangesOf([
      ...(greeted === undefined ? [] : [greeted]),
      ['client', login(0).subarray(0, 14)],
      ['client', login(0).length - 14],
      ['server', ok(2)],
      ['client', request],
      ['server', Buffer.concat([head, cut.subarray(0, 4)])],
      ['server', 1],
      ['server', Buffer.concat([cut.subarray(5), rest])],
      ['client', packet(0, 0x11, 'eve', 0, text('auth'), 'hr', 0, 255, 0, 'some_plugin', 0)],
      ['server', ok()],
      ['client', query('SELECT a FROM t')],
      ['server', Buffer.concat([packet(1, 1), definition(2), eof(3), eof(4)])],
    ])
    t.match(found.at(-1), { command: 'COM_QUERY', status: 'ok', rowsReturned: 0, user: 'eve', responseBytes: 57 })
  }
  t.end()
})

void t.test('a USE of which a gap leaves the first byte of its attributes alone is not overlooked', (t) => {
  const request = query('\u0000\u0001USE `stock`')
  const [greeted] = loggedIn()
  const found = exchangesOf([
    ...(greeted === undefined ? [] : [greeted]),
    ['client', login(capability.CLIENT_QUERY_ATTRIBUTES).subarray(0, 6)],
    ['client', 1],
    ['client', login(capability.CLIENT_QUERY_ATTRIBUTES).subarray(7)],
    ['server', ok(2)],
    ['client', packet(0, 0x11, 'eve', 0, text('auth'), 'hr', 0, 255, 0, 'some_plugin', 0)],
    ['server', ok()],
    ['client', request.subarray(0, 6)],
    ['client', 1],
    ['client', request.subarray(7)],
    ['server', ok()],
    ['client', query('SELECT 1')],
    ['server', ok()],
  ])
  t.match(found.at(-1), { text: Buffer.from('SELECT 1'), database: null, incompleteBecause: /./ })
  t.end()
})

void t.test(
  'a statement of more than 16 MiB is one command, though the header of its second part lies in a gap',
  (t) => {
    const full = 2 ** 24 - 1
    for (const length of [full - 1, full, 2 * full - 1, 2 * full]) {
      const parts = 1 + Math.floor((1 + length) / full)
      const head = Buffer.concat([integer(full, 3), Buffer.of(0, 3), Buffer.from("SELECT '")])
      const wire = 1 + length + 4 * parts
      const found = exchangesOf([
        ...loggedIn(),
        ['client', head],
        ['client', wire - head.length],
        ['server', packet(1, okPayload({ affected: 7 }))],
        ['client', query('DO 1')],
        ['server', ok()],
      ]).slice(1)
      t.match(found[0], { textLength: length, requestBytes: wire, rowsAffected: 7, incompleteBecause: /a gap in the/ })
      t.match(found[1], { text: Buffer.from('DO 1'), status: 'ok' })
      t.equal(found.length, 2)
    }
    t.end()
  },
)
