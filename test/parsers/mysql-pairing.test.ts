/** Whose an answer is, where commands may have been sent that were not seen: told only where nothing else can be. */
import t from 'tap'
import type { MysqlExchange } from '../../parsers/exchange.ts'
import { MysqlParser } from '../../parsers/mysql/mysql-parser.ts'
import type { Side } from '../../parsers/parser.ts'
import { greeting, login, okPayload, packet } from './mysql-encoding.ts'

/** Bytes, or how many of them were not seen, or of the server's had not been seen before; or that the connection is quiet for so many nanoseconds. */
type Said = [side: Side, what: Uint8Array | number] | ['quiet' | 'late', number]

const second = 1e9
const unknown = { status: null, firstByteAt: null, endedAt: null, rowsAffected: null, errorCode: null }
const unpaired = { ...unknown, incompleteBecause: /which answer is whose is not known/ }
const query = (sql: string) => packet(0, 3, sql)
const ok = (affected: number) => packet(1, okPayload({ affected }))
const err = packet(1, 0xff, 0x7a, 0x04, '#42S02', 'no such table')
const login0: Said[] = [
  ['server', greeting()],
  ['client', login(0)],
  ['server', packet(2, okPayload({}))],
]

function exchangesOf(midLife: boolean, conversation: Said[]): MysqlExchange[] {
  const found: MysqlExchange[] = []
  const parser = new MysqlParser((exchange) => void (exchange.protocol === 'mysql' && found.push(exchange)), {
    midLife,
  })
  let at = 0
  for (const [side, what] of conversation) {
    at++
    if (side === 'quiet') parser.settle((at += what))
    else if (side === 'late') parser.gap('server', what, at, false)
    else if (typeof what === 'number') parser.gap(side, what, at)
    else parser.push(side, what, at)
  }
  parser.end(at + 1)
  return found
}

void t.test('a command of which a part is lost has its own answer, though the hole is told behind it', (t) => {
  for (const cut of [1, 5, 12]) {
    const insert = query('INSERT INTO a VALUES (1)')
    const found = exchangesOf(false, [
      ...login0,
      ['client', insert.subarray(0, insert.length - cut)],
      ['server', ok(1)],
      ['client', cut],
      ['client', query('UPDATE a SET b = 2')],
      ['server', ok(2)],
      ['client', query('DELETE FROM a')],
      ['server', ok(3)],
    ]).slice(1)
    t.match(found, [
      { status: 'ok', rowsAffected: 1, textLength: 24, incompleteBecause: /a gap in the statement/ },
      { status: 'ok', rowsAffected: 2, incompleteBecause: null },
      { status: 'ok', rowsAffected: 3, incompleteBecause: null },
    ])
    t.equal(found.length, 3)
  }
  t.end()
})

void t.test('a part that was given up for lost and comes late is no command', (t) => {
  const insert = query('INSERT INTO a VALUES (1)')
  const found = exchangesOf(false, [
    ...login0,
    ['client', insert.subarray(0, 12)],
    ['server', ok(1)],
    ['client', Buffer.concat([insert.subarray(12), query('DELETE FROM a')])],
    ['server', ok(3)],
  ]).slice(1)
  t.match(found, [
    { rowsAffected: 1, textLength: 24 },
    { rowsAffected: 3, incompleteBecause: null },
  ])
  t.end()
})

void t.test('the answer to a command that was sent before the capture began is not that of the next one', (t) => {
  const found = exchangesOf(true, [
    ['client', query('UPDATE a SET b = 2')],
    ['server', err],
    ['server', ok(2)],
    ['client', query('DELETE FROM a')],
    ['server', ok(3)],
    ['quiet', second],
    ['client', query('DELETE FROM b')],
    ['server', ok(4)],
  ])
  t.match(found, [unpaired, unpaired, { status: 'ok', rowsAffected: 4, incompleteBecause: 'joined in mid-life' }])
  t.end()
})

void t.test('a client that does not wait for answers has none told to be its own before it has been quiet', (t) => {
  const found = exchangesOf(true, [
    ['client', query('UPDATE a SET b = 1')],
    ['server', err],
    ['client', Buffer.concat([query('UPDATE a SET b = 2'), query('UPDATE a SET b = 3')])],
    ['server', Buffer.concat([ok(1), ok(2)])],
    ['client', query('UPDATE a SET b = 4')],
    ['server', Buffer.concat([ok(3), ok(4)])],
    ['quiet', second],
    ['client', Buffer.concat([query('UPDATE a SET b = 5'), query('UPDATE a SET b = 6')])],
    ['server', Buffer.concat([ok(5), ok(6)])],
  ])
  t.match(found.slice(0, 4), [unpaired, unpaired, unpaired, unpaired])
  t.match(found.slice(4), [
    { status: 'ok', rowsAffected: 5 },
    { status: 'ok', rowsAffected: 6 },
  ])
  t.equal(found.length, 6)
  t.end()
})

void t.test(
  'a client that waits for each answer is told at once, and what is held back leaves when it is quiet',
  (t) => {
    const found: MysqlExchange[] = []
    const parser = new MysqlParser((exchange) => void (exchange.protocol === 'mysql' && found.push(exchange)), {
      midLife: true,
    })
    parser.push('client', query('UPDATE a SET b = 1'), 1)
    parser.push('server', ok(1), 2)
    parser.settle(2 + second)
    t.match(found, [{ status: 'ok', rowsAffected: 1 }])
    parser.push('client', query('UPDATE a SET b = 2'), 3 + second)
    parser.push('server', ok(2), 4 + second)
    t.equal(parser.settle(5 + second), true)
    t.equal(found.length, 1)
    t.equal(parser.settle(4 + 2 * second), false)
    t.match(found.slice(1), [{ status: 'ok', rowsAffected: 2 }])
    t.end()
  },
)

void t.test(
  'the last bytes of an answer are not those of a command whose answer has a hole, if another may lie between',
  (t) => {
    const found = exchangesOf(false, [
      ...login0,
      ['client', query('SELECT a FROM t')],
      ['server', packet(1, 1).subarray(0, 2)],
      ['server', 900],
      ['client', 40],
      ['server', packet(9, 0xfe, 0, 0, 2, 0)],
      ['client', query('DELETE FROM a')],
      ['server', ok(3)],
    ]).slice(1)
    t.match(found[0], { status: null, serverStatus: null, incompleteBecause: /a gap in the response/ })
    t.end()
  },
)

void t.test('a USE that is sent together with later statements is their schema', (t) => {
  const found = exchangesOf(false, [
    ...login0,
    ['client', Buffer.concat([query('USE other'), query('DELETE FROM a'), query('DELETE FROM b')])],
    ['server', Buffer.concat([ok(0), ok(1), ok(2)])],
  ]).slice(1)
  t.match(
    found.map(({ database, rowsAffected }) => [database, rowsAffected]),
    [
      ['shop', 0],
      ['other', 1],
      ['other', 2],
    ],
  )
  t.end()
})

void t.test('the answer to a slow statement from before the capture is not that of one sent behind a silence', (t) => {
  const rows = Buffer.concat([
    packet(1, 1),
    packet(2, 3, 'def'),
    packet(3, 0xfe, 0, 0, 2, 0),
    packet(4, 0xfe, 0, 0, 2, 0),
  ])
  for (const slow of [rows, ok(7)]) {
    const found = exchangesOf(true, [
      ['server', ok(0)],
      ['quiet', second / 5],
      ['client', query('UPDATE a SET b = 2')],
      ['server', slow],
      ['server', ok(2)],
      ['client', query('DELETE FROM a')],
      ['server', ok(3)],
    ])
    t.match(found, [unpaired, unpaired])
  }
  t.end()
})

void t.test('the rest of a command is not taken for another one that no client sends', (t) => {
  const rest = Buffer.from('0017040000000000010000000001fd000300036535300200', 'hex')
  t.same(
    exchangesOf(true, [
      ['client', rest],
      ['server', ok(1)],
    ]),
    [],
  )
  t.end()
})

void t.test(
  "answers of one form: where one was lost, which is seen behind the next command only, none is a neighbour's",
  (t) => {
    const answer = (affected: number) => ok(affected)
    for (const lost of [1, 2, 30]) {
      const conversation: Said[] = [...login0]
      for (let i = 1; i <= 80; i++) {
        conversation.push(['client', query(`INSERT INTO a VALUES (${i})`)])
        if (i === lost + 1) conversation.push(['late', answer(lost).length])
        if (i !== lost) conversation.push(['server', answer(i)])
      }
      conversation.push(['client', packet(0, 0x0e)], ['server', answer(0)])
      const inserts = exchangesOf(false, conversation).filter(({ command }) => command === 'COM_QUERY')
      t.equal(inserts.length, 80)
      for (const [index, { rowsAffected, incompleteBecause }] of inserts.entries()) {
        if (rowsAffected !== index + 1)
          t.match({ rowsAffected, incompleteBecause }, { rowsAffected: null, incompleteBecause: String })
      }
      t.ok(inserts.filter(({ incompleteBecause }) => incompleteBecause === null).length > 70, 'most are told in full')
    }
    t.end()
  },
)
