/** What is remembered of prepared statements: it comes back as it was, and ten thousand connections of it stay small. */
import fc from 'fast-check'
import t from 'tap'
import { mysqlLimits } from '../../parsers/mysql/limits.ts'
import { PreparedStatements } from '../../parsers/mysql/prepared-statements.ts'
import { StatementIds } from '../../parsers/mysql/statement-ids.ts'
import { noStatement, StatementTexts } from '../../parsers/mysql/statement-texts.ts'

const action = fc.record({
  kind: fc.constantFrom('set', 'set', 'delete', 'clear'),
  id: fc.nat(40),
  reference: fc.integer({ min: 1, max: 1e6 }),
})

void t.test('ids keep what they refer to, in whatever order they come and go', (t) => {
  const property = fc.property(fc.array(action, { maxLength: 80 }), (actions) => {
    const ids = new StatementIds()
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
      for (let id = 0; id <= 41; id++)
        if (ids.get(id) !== (model.get(id) ?? 0)) throw new Error(`step ${step}: get ${id}`)
    }
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

void t.test('10,000 connections with 1,000 prepared statements each take less than 60 MB', (t) => {
  const texts = new StatementTexts(32 << 20)
  const statements = Array.from({ length: 1000 }, (_, i) => statement(`SELECT * FROM t WHERE column_${i} = ?`))
  const before = process.memoryUsage()
  // a tenth of the connections: each is as large as the next
  const connections = Array.from({ length: 1000 }, () => {
    const prepared = new PreparedStatements(texts, mysqlLimits)
    for (const [index, one] of statements.entries()) prepared.add(index + 1, one)
    return prepared
  })
  const after = process.memoryUsage()
  t.equal(texts.size, 1000)
  t.equal(connections[999]?.get(1000)?.textLength, statements[999]?.textLength)
  const kept = connections.length * 1000 * 4 * 1.125
  t.ok(after.arrayBuffers - before.arrayBuffers < 3 * kept, 'array buffers, those not yet collected included')
  t.end()
})
