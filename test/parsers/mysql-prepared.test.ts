/** What is remembered of prepared statements: it comes back as it was, and ten thousand connections of it stay small. */
import fc from 'fast-check'
import t from 'tap'
import type { MysqlExchange } from '../../parsers/exchange.ts'
import { mysqlLimits } from '../../parsers/mysql/limits.ts'
import { MysqlParser } from '../../parsers/mysql/mysql-parser.ts'
import { NumberBlocks } from '../../parsers/mysql/number-blocks.ts'
import { PreparedStatements } from '../../parsers/mysql/prepared-statements.ts'
import { StatementIds } from '../../parsers/mysql/statement-ids.ts'
import { noStatement, StatementTexts } from '../../parsers/mysql/statement-texts.ts'
import { greeting, login, okPayload, packet } from './mysql-encoding.ts'

/** Few enough to meet again; some that take more than 16 bits. */
const someIds = [...Array(41).keys(), 65_535, 65_536, 65_537, 0xffff_fffe]

const action = fc.record({
  kind: fc.constantFrom('set', 'set', 'delete', 'clear'),
  id: fc.constantFrom(...someIds),
  reference: fc.integer({ min: 1, max: 1e6 }),
})

void t.test('ids keep what they refer to, in whatever order they come and go', (t) => {
  const property = fc.property(fc.array(action, { maxLength: 80 }), (actions) => {
    const blocks = new NumberBlocks(1 << 20)
    const ids = new StatementIds(blocks)
    const model = new Map<number, number>()
    for (const [step, { kind, id, reference }] of actions.entries()) {
      if (kind === 'set') {
        if (ids.set(id, reference) !== (model.get(id) ?? 0)) throw new Error(`step ${step}: set gave another reference`)
        model.set(id, reference)
      } else if (kind === 'delete') {
        if (ids.delete(id) !== (model.get(id) ?? 0)) throw new Error(`step ${step}: delete gave another reference`)
        model.delete(id)
      } else if (id === 0) {
        ids.clear()
        model.clear()
      }
      const sorted = [...model].map(([id, reference]) => ({ id, reference })).sort((one, other) => one.id - other.id)
      if (JSON.stringify([...ids]) !== JSON.stringify(sorted))
        throw new Error(`step ${step}: ${JSON.stringify([...ids])}`)
      if (ids.size !== model.size) throw new Error(`step ${step}: size ${ids.size}`)
      for (const id of [...someIds, 41, 65_538])
        if (ids.get(id) !== (model.get(id) ?? 0)) throw new Error(`step ${step}: get ${id}`)
    }
    ids.clear()
    if (blocks.bytes > 0) throw new Error(`${blocks.bytes} bytes not given back`)
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 300 }))
  t.end()
})

const statement = (text: string) => ({ text: Buffer.from(text), textLength: text.length, parameters: 1, types: null })

void t.test('a text that several connections prepare is kept once, and goes with the last of them', (t) => {
  const texts = new StatementTexts(1 << 20)
  const [one, other] = [new PreparedStatements(texts, mysqlLimits), new PreparedStatements(texts, mysqlLimits)]
  one.add(1, statement('SELECT ?'))
  other.add(7, statement('SELECT ?'))
  t.equal(texts.size, 1)
  t.equal(one.get(1)?.text, other.get(7)?.text)
  one.bind(1, Uint8Array.of(3, 0))
  t.equal(texts.size, 2, 'types are of the statement as one connection bound it')
  t.same(one.typesOf(1), Uint8Array.of(3, 0))
  t.equal(other.typesOf(7), null)
  other.bind(7, Uint8Array.of(3, 0))
  t.equal(texts.size, 1)
  one.clear()
  other.delete(7)
  t.equal(texts.size, 0)
  t.equal(texts.bytes, 0)
  t.end()
})

void t.test('the statement prepared last keeps no memory of others alive', (t) => {
  const exchanges: MysqlExchange[] = []
  const parser = new MysqlParser((exchange) => void (exchange.protocol === 'mysql' && exchanges.push(exchange)))
  parser.push('server', greeting(), 0)
  parser.push('client', login(0), 1)
  parser.push('server', packet(2, okPayload({})), 2)
  parser.push('client', packet(0, 0x16, 'SELECT 1'), 3)
  parser.push('server', packet(1, 0, Buffer.from('0700000000000000000000', 'hex')), 4)
  // MariaDB: -1 names it
  parser.push('client', packet(0, 0x17, Buffer.from('ffffffff0001000000', 'hex')), 5)
  parser.push('server', packet(1, okPayload({})), 6)
  const { command, text } = exchanges.at(-1) ?? {}
  t.equal(command, 'COM_STMT_EXECUTE')
  t.equal(Buffer.from(text ?? []).toString(), 'SELECT 1')
  t.equal(text?.buffer.byteLength, 8)
  t.end()
})

void t.test('statements beyond a limit are forgotten, the oldest first, and counted', (t) => {
  const texts = new StatementTexts(2000)
  const statements = new PreparedStatements(texts, { ...mysqlLimits, preparedStatements: 3 })
  for (let id = 1; id <= 5; id++) statements.add(id, statement(`SELECT ${id}`))
  t.same(
    [1, 2, 3, 4, 5].map((id) => statements.get(id)?.textLength),
    [undefined, undefined, 8, 8, 8],
  )
  t.equal(statements.dropped, 2)
  t.equal(texts.take(statement('x'.repeat(3000))), noStatement)
  t.equal(texts.refused, 1)
  t.end()
})

void t.test('10,000 connections with 1,000 prepared statements each take 2.2 bytes a statement', (t) => {
  const texts = new StatementTexts(32 << 20)
  const statements = Array.from({ length: 1000 }, (_, i) => statement(`SELECT * FROM t WHERE column_${i} = ?`))
  // a tenth of the connections: each is as large as the next
  const connections = Array.from({ length: 1000 }, () => {
    const prepared = new PreparedStatements(texts, mysqlLimits)
    for (const [index, one] of statements.entries()) prepared.add(index + 1, one)
    return prepared
  })
  t.equal(texts.size, 1000)
  t.equal(connections[999]?.get(1000)?.textLength, statements[999]?.textLength)
  t.ok(texts.referrers.bytes < 2.2 * 1000 * connections.length)
  for (const prepared of connections) prepared.clear()
  t.equal(texts.referrers.bytes, 0)
  t.end()
})

void t.test('statements that no room is left for in all connections together are not remembered, and counted', (t) => {
  const texts = new StatementTexts(1 << 20, 256)
  const [one, other] = [new PreparedStatements(texts, mysqlLimits), new PreparedStatements(texts, mysqlLimits)]
  for (let id = 1; id <= 64; id++) one.add(id, statement('SELECT ?'))
  for (let id = 1; id <= 65; id++) other.add(2 * id, statement('SELECT ?'))
  t.equal(one.size, 64)
  t.equal(one.dropped, 0)
  t.equal(other.size, 1, 'its ids have holes, and there is no block to write them down in')
  t.equal(other.dropped, 64)
  other.clear()
  for (let id = 65; id <= 129; id++) one.add(id, statement('SELECT ?'))
  t.equal(one.size, 128)
  t.equal(one.dropped, 1)
  t.equal(one.get(128)?.textLength, 8)
  t.equal(one.get(129), undefined)
  one.clear()
  t.equal(texts.size, 0)
  t.equal(texts.referrers.bytes, 0)
  t.end()
})
