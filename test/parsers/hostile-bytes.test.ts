/**
 * Bytes made up to cost much: the work for each of them stays bounded. Work is counted as reads of the bytes, where these can be
 * watched; elsewhere the amounts are such that work that grows with the square, or faster, would not end.
 */
import t from 'tap'
import { HttpParser } from '../../parsers/http/http-parser.ts'
import { mysqlLimits } from '../../parsers/mysql/limits.ts'
import { MysqlParser } from '../../parsers/mysql/mysql-parser.ts'
import { layoutOf } from '../../parsers/mysql/parameter-layout.ts'
import { readParameters } from '../../parsers/mysql/parameters.ts'
import type { RawParameters } from '../../parsers/mysql/raw-parameters.ts'
import { schemaDropped, schemaOfStatements, schemaOfUse } from '../../parsers/mysql/schema-change.ts'
import { NumberBlocks } from '../../parsers/mysql/number-blocks.ts'
import { StatementIds } from '../../parsers/mysql/statement-ids.ts'
import { noStatement, StatementTexts } from '../../parsers/mysql/statement-texts.ts'
import { greeting, integer, login, okPayload, packet } from './mysql-encoding.ts'

/** Bytes that count how often one of them is read. */
function watched(bytes: Uint8Array): { bytes: Uint8Array; reads: () => number } {
  let reads = 0
  const get = (target: Uint8Array, key: string | symbol): unknown => {
    const value: unknown = Reflect.get(target, key, target)
    if (typeof key === 'string' && /^\d+$/.test(key)) reads++
    return typeof value === 'function' ? value.bind(target) : value
  }
  return { bytes: new Proxy(bytes, { get }), reads: () => reads }
}

function execution(bytes: Uint8Array): RawParameters {
  return {
    kind: 'execute',
    bytes,
    length: bytes.length,
    count: null,
    types: null,
    named: false,
    flags: 0,
    charset: null,
    longData: null,
  }
}

void t.test('the parameters of a statement that was prepared unseen cost a few reads for each byte', (t) => {
  for (const size of [1 << 12, 1 << 16]) {
    for (const filler of [0x01, 0x00, 0xff, 0x06]) {
      const bytes = new Uint8Array(size).fill(filler)
      // what says that types follow stands at each place where it may
      for (let i = 1; i < size / 8; i++) bytes[i] = 1
      const { bytes: all, reads } = watched(bytes)
      layoutOf(execution(all))
      t.ok(reads() <= 8 * size, `${reads()} reads of ${size} bytes of ${filler}`)
    }
  }
  t.end()
})

void t.test('the parameters of a statement that was prepared unseen are found among many', (t) => {
  const count = 500
  const types = Array.from({ length: count }, () => [3, 0]).flat()
  const values = Array.from({ length: count }, (_, i) => integer(i, 4))
  const bytes = Buffer.concat([Buffer.alloc((count + 7) >> 3), Buffer.of(1, ...types), ...values])
  t.same(
    readParameters(execution(bytes)).values,
    Array.from({ length: count }, (_, i) => i),
  )
  t.end()
})

void t.test('statements made up of what could stand in front of a USE are read once', (t) => {
  const size = 64 << 10
  const hostile = [
    '/**/',
    '/*',
    '/*/',
    '-- \n',
    '#\n',
    '#',
    "'",
    '"',
    '`',
    "'\\",
    ';',
    '; /*',
    ' ',
    'use ',
    'use x;',
    'use `',
  ]
  for (const part of hostile) {
    const text = part.repeat(size / part.length)
    t.equal(schemaOfUse(`${text}x`), null)
    t.equal(schemaOfUse(`use a ${text}\nx y`), null)
    t.equal(schemaDropped(`drop ${text}x`), null)
    // what comes of it differs; that it comes is the point
    t.doesNotThrow(() => schemaOfStatements(`use a; ${text}; use b c`))
  }
  t.end()
})

function loggedIn(): MysqlParser {
  const parser = new MysqlParser(() => undefined, { texts: new StatementTexts(32 << 20) })
  parser.push('server', greeting(), 0)
  parser.push('client', login(0), 1)
  parser.push('server', packet(2, okPayload({})), 2)
  return parser
}

void t.test('commands beyond those that may be pending cost no look at all that are', (t) => {
  const parser = loggedIn()
  const ping = packet(0, 0x0e)
  const many = Buffer.concat(Array.from({ length: 300_000 }, () => ping))
  parser.push('client', many, 3)
  t.equal(parser.held.commands, mysqlLimits.pendingCommands)
  t.equal(parser.counts.droppedCommands, 300_000 - mysqlLimits.pendingCommands)
  parser.end(4)
  t.end()
})

void t.test('executions that change the types of a long statement cost no look at its text', (t) => {
  const { bytes: text, reads } = watched(new Uint8Array(60_000).fill(0x41))
  const texts = new StatementTexts(32 << 20)
  let reference = texts.take({ text, textLength: text.length, parameters: 1, types: null })
  const first = reads()
  for (let i = 0; i < 1000; i++) {
    const next = texts.takeTyped(reference, Uint8Array.of(i & 1, 0))
    if (next === noStatement) t.fail('the limit was reached')
    texts.giveBack(reference)
    reference = next
  }
  t.ok(first >= text.length)
  t.equal(reads(), first)
  texts.giveBack(reference)
  t.equal(texts.bytes, 0)
  t.end()
})

void t.test('ids of statements that go back, and those that were forgotten, are passed over', (t) => {
  const ids = new StatementIds(new NumberBlocks(1 << 20))
  const most = mysqlLimits.preparedStatements
  for (let id = most; id > 0; id--) ids.set(id, id)
  t.equal(ids.size, most)
  t.same(
    [1, 2, most, most + 1].map((id) => ids.get(id)),
    [1, 2, most, 0],
  )
  t.same(
    [...ids].slice(0, 3).map(({ id }) => id),
    [1, 2, 3],
  )
  const forgotten: number[] = []
  for (let id = most + 1; id < 4 * most; id++) {
    ids.set(id, id)
    for (const oldest of ids) {
      forgotten.push(ids.delete(oldest.id))
      break
    }
  }
  t.same(
    forgotten,
    Array.from({ length: 3 * most - 1 }, (_, i) => i + 1),
  )
  ids.set(5, 7)
  t.same(
    [...ids].slice(0, 2).map(({ id }) => id),
    [5, 3 * most],
  )
  t.end()
})

void t.test('a header field said again and again costs no more than its limit', (t) => {
  const found: (string | null)[] = []
  const parser = new HttpParser((exchange) => found.push(exchange.protocol === 'http' ? exchange.host : ''))
  const lines = 'Host: a\r\n'.repeat(100_000)
  parser.push('client', Buffer.from(`GET / HTTP/1.1\r\n${lines}\r\n`), 0)
  parser.push('server', Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'), 1)
  t.ok(found[0]?.startsWith('a, a, a'))
  t.ok((found[0]?.length ?? 0) <= 1024)
  t.end()
})
