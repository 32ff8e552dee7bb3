/** Receives that wait for another thread's send, where that send was missed: each answer stays its own command's. */
import t from 'tap'
import type { Exchange } from '../../parsers/exchange.ts'
import { Connections } from '../../src/connections/connections.ts'
import { greeting, login, okPayload, packet } from '../parsers/mysql-encoding.ts'
import { recordedEvents } from './recorded-events.ts'

const template = (await recordedEvents()).find((event) => event.kind === 'opened')
if (template?.kind !== 'opened') throw new Error('no connection in the recording')
const { opened } = template
const answer = (affected: number) => packet(1, okPayload({ affected }))
const commands = 60

/** A server's end, whose answer to one command was missed: what it receives next seems to come from inside that send. */
function exchangesOf(missed: number): Exchange[] {
  const found: Exchange[] = []
  const connections = new Connections({ sink: { exchange: (exchange) => void found.push(exchange) }, ignore: () => {} })
  connections.opened({ ...opened, connection: 1, role: 'accepted', midLife: false }, null)
  const positions = { sent: 0, received: 0 }
  let at = 0
  const say = (direction: 'sent' | 'received', bytes: Uint8Array, isSeen = true, sendInFlight = false) => {
    const position = positions[direction]
    positions[direction] += bytes.length
    if (isSeen) connections.moved(1, direction, position, bytes.length, position, sendInFlight, bytes, (at += 1000))
  }
  say('sent', greeting())
  say('received', login(0))
  say('sent', packet(2, okPayload({})))
  for (let i = 1; i <= commands; i++) {
    say('received', packet(0, 3, `INSERT INTO a VALUES (${i})`), true, i === missed + 1)
    say('sent', answer(i), i !== missed)
  }
  say('received', packet(0, 0x0e))
  say('sent', answer(0))
  connections.closed(1, positions.sent, positions.received, at)
  connections.end(at)
  return found
}

void t.test('a missed send does not hand the next answers to the commands before theirs', (t) => {
  for (const missed of [1, 10, commands - 1]) {
    const inserts = exchangesOf(missed).flatMap((each) =>
      each.protocol === 'mysql' && each.command === 'COM_QUERY' ? [each] : [],
    )
    t.equal(inserts.length, commands)
    for (const [index, { rowsAffected, startedAt, endedAt, incompleteBecause }] of inserts.entries()) {
      if (incompleteBecause === null) t.strictSame([rowsAffected, (endedAt ?? 0) - startedAt], [index + 1, 1000])
    }
    const whole = inserts.filter(({ incompleteBecause }) => incompleteBecause === null)
    t.ok(whole.length >= commands - 2, `${whole.length} of ${commands} are told in full`)
  }
  t.end()
})
