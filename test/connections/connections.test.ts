/** A recorded session of two processes on one machine, told with one thing changed at a time. */
import t from 'tap'
import { Connections } from '../../src/connections/connections.ts'
import type { Unanswered } from '../../src/connections/unanswered.ts'
import { type Event, recordedEvents, said, tell, told } from './recorded-events.ts'

const events = await recordedEvents()
const whole = told(events)
const wholeSaid = whole.seen.map(said)

const idOf = (event: Event): number =>
  event.kind === 'opened' ? event.opened.connection : event.kind === 'moved' ? event.moved[0] : event.closed[0]
const accepted = new Set(
  events.flatMap((event) =>
    event.kind === 'opened' && event.opened.role === 'accepted' ? [event.opened.connection] : [],
  ),
)

void t.test('both ends of a connection give one exchange, with both processes named', (t) => {
  t.equal(whole.seen.length, 19)
  for (const { exchange, ends } of whole.seen) {
    t.equal(ends.observed, 'both')
    t.ok(ends.client.comm === 'node' || ends.client.comm === 'curl')
    t.ok(ends.server.comm === 'mariadbd' || ends.server.comm === 'python3')
    if (exchange.endedAt !== null) t.ok((exchange.networkNs ?? -1) > 0)
  }
  t.end()
})

void t.test('a server that seems to take longer than its client does leaves the network share unknown', (t) => {
  const late = events.map((event): Event => {
    if (event.kind !== 'moved' || event.moved[1] !== 'sent' || !accepted.has(idOf(event))) return event
    const moved: typeof event.moved = [...event.moved]
    moved[7] += 500e6
    return { ...event, moved }
  })
  const { seen } = told(late)
  t.strictSame(seen.map(said), wholeSaid)
  const answered = seen.filter(({ exchange }) => exchange.endedAt !== null)
  t.ok(answered.every(({ exchange: { networkNs } }) => networkNs === null || networkNs >= 0))
  t.ok(answered.some(({ exchange }) => exchange.networkNs === null))
  t.end()
})

void t.test('one end alone gives the same exchanges, and says which end it is', (t) => {
  for (const side of ['client', 'server'] as const) {
    const { seen } = told(events.filter((event) => accepted.has(idOf(event)) === (side === 'server')))
    t.strictSame(seen.map(said), wholeSaid)
    for (const { ends, exchange } of seen) {
      t.equal(ends.observed, side)
      t.equal(ends.clock, side)
      t.equal(exchange.networkNs, null)
    }
  }
  t.end()
})

void t.test('what is not answered yet is told once, by both ends, with when it began', (t) => {
  const connections = new Connections({ sink: { exchange() {} }, ignore() {} })
  const seen = new Set<string>()
  let startedAt = 0
  for (const event of events) {
    tell(connections, event)
    const sleeping = sleepingIn(connections, Infinity)
    t.ok(sleeping.length <= 1, 'once')
    for (const { exchange, ends } of sleeping) {
      seen.add(String(ends.observed))
      startedAt = exchange.startedAt
      t.strictSame(sleepingIn(connections, startedAt - 1), [], 'what began later is left out')
    }
  }
  t.ok(seen.has('both') && startedAt > 0)
  connections.end(1e12)
  t.strictSame(connections.unanswered(Infinity), [])
  t.end()
})

void t.test('an answer read before its request was seen to be sent, by two threads, waits for it', (t) => {
  const swapped = [...events]
  let swaps = 0
  for (const event of events) {
    if (event.kind !== 'moved' || event.moved[1] !== 'sent' || accepted.has(event.moved[0])) continue
    const at = swapped.indexOf(event)
    const answer = swapped.findIndex(
      (later, j) =>
        j > at && later.kind === 'moved' && later.moved[0] === event.moved[0] && later.moved[1] === 'received',
    )
    const found = swapped[answer]
    if (found?.kind !== 'moved') continue
    const [id, direction, position, moved, sequence, , bytes, answeredAt] = found.moved
    // the send returns late: its record comes behind that of the answer, which the kernel has marked
    swapped[answer] = { kind: 'moved', moved: [id, direction, position, moved, sequence, true, bytes, answeredAt] }
    swapped.splice(answer + 1, 0, event)
    swapped.splice(at, 1)
    swaps++
  }
  t.ok(swaps > 10)
  t.strictSame(told(swapped).seen.map(said), wholeSaid)
  t.end()
})

void t.test('each event lost in turn: nothing is told twice, and nothing wrong is told as complete', (t) => {
  for (const [lost] of events.entries()) {
    const { seen } = told(events.filter((_, i) => i !== lost))
    const complete = seen
      .filter(({ exchange }) => exchange.incompleteBecause === null && exchange.endedAt !== null)
      .map(said)
    const wrong = complete.filter((each) => !wholeSaid.includes(each))
    if (wrong.length > 0) t.fail(`event ${lost}`, { wrong })
    const sleeps = seen.filter((each) => said(each).includes('sleep(0.3)'))
    if (sleeps.length > 1) t.fail(`event ${lost}: a statement is told ${sleeps.length} times`)
    if (seen.length > whole.seen.length + 2) t.fail(`event ${lost}: ${seen.length} exchanges`)
  }
  t.pass(`${events.length} losses`)
  t.end()
})

void t.test('a connection that speaks something else is ignored, and told so again when it goes on', (t) => {
  const opened = events.find((event) => event.kind === 'opened')
  if (opened?.kind !== 'opened') throw new Error('no open event')
  const bytes = Buffer.from('SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n')
  const moved = (position: number): Event => ({
    kind: 'moved',
    moved: [7, 'received', position, bytes.length, 1, false, bytes, 1],
  })
  const { seen, ignored } = told([
    { ...opened, opened: { ...opened.opened, connection: 7 } },
    moved(0),
    moved(bytes.length),
  ])
  t.strictSame(seen, [])
  t.strictSame(ignored, [7, 7])
  t.end()
})

function sleepingIn(connections: Connections, startedBy: number): Unanswered[] {
  const asleep = connections.unanswered(startedBy).filter((each) => said(each).includes('sleep(0.3)'))
  return asleep.filter(({ exchange }) => exchange.protocol === 'mysql')
}
