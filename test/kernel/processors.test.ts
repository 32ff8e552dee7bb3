/** Order between processors: clients on one, their server on another, and the record of every statement is there, in order. */
import { cpus } from 'node:os'
import t from 'tap'
import { pinApart, startTraffic } from '../bench/traffic.ts'
import { startCapture } from './capture-process.ts'
import { skipUnlessRequired } from './required.ts'

const skip = skipUnlessRequired(process.getuid?.() === 0 ? null : 'attaching needs root')
const alone = cpus().length < 2 ? 'there is one processor only' : false
const connections = 16
const ofEach = 150

t.setTimeout(240_000)

void t.test(
  'what happens on two processors is told in its order, and nothing is lost',
  { skip: skip || alone },
  async (t) => {
    const traffic = await startTraffic()
    t.teardown(() => traffic.stop())
    const capture = await startCapture(['--port', String(traffic.port), '--slow', '0'])
    t.teardown(async () => void (await capture.stop()))
    pinApart(traffic)
    const { statements } = await traffic.tell(`each ${ofEach}`)
    t.equal(statements, connections * ofEach)

    const { records, stderr } = await capture.stop()
    const numbers = new Map<number | null, number[]>()
    for (const record of records) {
      if (record.protocol !== 'mysql' || record.command !== 'COM_QUERY') continue
      const number = Number(/ id = (\d+)$/.exec(record.statement ?? '')?.[1])
      const told = numbers.get(record.client.port)
      if (told === undefined) numbers.set(record.client.port, [number])
      else told.push(number)
      if (!record.complete || record.rowsReturned !== 1) t.fail('a record is whole', { record })
    }
    t.equal(numbers.size, connections)
    for (const told of numbers.values()) {
      t.equal(told.length, ofEach, 'each statement of a connection once')
      t.ok(
        told.every((number, i) => i === 0 || number > (told[i - 1] ?? Infinity)),
        'in order',
      )
    }
    const all = [...numbers.values()].flat()
    t.equal(new Set(all).size, statements, 'and all of them')
    t.match(stderr, /lost: 0\n/)
  },
)
