/** Generated conversations through generated weather: the streams come out as they were, but for holes of exact size. */
import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import t from 'tap'
import { Endpoints } from '../../src/packets/endpoints.ts'
import type { Segment } from '../../src/packets/segment.ts'
import { Conversation, reassembled, type Sender } from './conversation.ts'
import { Chance, cut, through, type Weather } from './network.ts'
import type { Told } from './told.ts'

const stepNs = 50e6
const mostDelayNs = 15e6

/** A conversation of turns, and what each side said in all. */
function talk(
  lengths: readonly number[],
  chance: Chance,
  wrapping: boolean,
): { segments: Segment[]; said: Record<Sender, Buffer> } {
  const initial = wrapping ? { client: 2 ** 32 - 500, server: 2 ** 32 - 2 } : { client: 7, server: 99 }
  const conversation = new Conversation(endpoints, 40_000, initial)
  const segments = conversation.handshake()
  const said: Record<Sender, Buffer[]> = { client: [], server: [] }
  for (const [i, length] of lengths.entries()) {
    const sender = i % 2 === 0 ? 'client' : 'server'
    const bytes = Buffer.from(Array.from({ length }, () => chance.below(256)))
    said[sender].push(bytes)
    segments.push(...cut(conversation.send(sender, bytes, { at: (i + 2) * stepNs }), chance, 300))
  }
  // acknowledges whatever came before
  const last = (lengths.length + 2) * stepNs
  segments.push(conversation.client('', { at: last }), conversation.server('', { at: last + 1 }))
  return { segments, said: { client: Buffer.concat(said.client), server: Buffer.concat(said.server) } }
}

const endpoints = new Endpoints()

/** What was told of one way, as bytes of which null is a hole. */
function stream(told: Told, direction: 'sent' | 'received'): (number | null)[] {
  const bytes: (number | null)[] = []
  for (const piece of told.pieces) {
    if (piece.direction !== direction) continue
    if (piece.position < bytes.length) throw new Error('told twice')
    while (bytes.length < piece.position) bytes.push(null)
    bytes.push(...piece.bytes)
    while (bytes.length < piece.position + piece.moved) bytes.push(null)
  }
  return bytes
}

function wanted(
  said: Buffer,
  captured: readonly Segment[],
  missing: readonly Segment[],
  base: number,
  source: number,
): (number | null)[] {
  const bytes: (number | null)[] = [...said]
  const each = (segments: readonly Segment[], set: (position: number, index: number) => void) => {
    for (const segment of segments) {
      if (segment.source !== source) continue
      const from = (segment.sequence - base) >>> 0
      for (let i = 0; i < segment.payloadLength; i++) set(from + i, segment.payloadStart + i)
    }
  }
  each(missing, (position) => (bytes[position] = null))
  each(captured, (position) => (bytes[position] = said[position] ?? null))
  return bytes
}

/** What a side said comes after all that it had acknowledged when it said it. */
function causeBeforeEffect(told: Told, segments: readonly Segment[]): boolean {
  const next = { sent: 0, received: 0 }
  const bases = { sent: segments[0]?.sequence ?? 0, received: segments[1]?.sequence ?? 0 }
  const needs = new Map<string, number>()
  for (const { source, sequence, acknowledgement, payloadLength } of segments) {
    const sent = source === segments[0]?.source
    const position = (sequence - (sent ? bases.sent : bases.received) - 1) >>> 0
    const needed = (acknowledgement - (sent ? bases.received : bases.sent) - 1) >>> 0
    for (let i = 0; i < payloadLength; i++) needs.set(`${sent ? 'sent' : 'received'} ${position + i}`, needed)
  }
  for (const { direction, position, moved, bytes } of told.pieces) {
    const needed = bytes.length === 0 ? 0 : (needs.get(`${direction} ${position}`) ?? 0)
    // one byte more may be a FIN
    if (next[direction === 'sent' ? 'received' : 'sent'] + 1 < needed) return false
    next[direction] = position + moved
  }
  return true
}

const rough: Weather = { delayed: 0.3, seenTwice: 0.2, sentAgain: 0.2, lost: 0, mostDelayNs }

function check(name: string, weather: Weather, runs: number): void {
  void t.test(name, (t) => {
    const property = fc.property(
      fc.array(fc.integer({ min: 1, max: 1500 }), { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 2 ** 31 }),
      fc.boolean(),
      (lengths, seed, wrapping) => {
        const chance = new Chance(seed)
        const { segments, said } = talk(lengths, chance, wrapping)
        const { segments: captured, missing } = through(segments, weather, chance)
        const { told } = reassembled(captured, endpoints)
        const [first, answer] = segments
        if (first === undefined || answer === undefined) return false
        const sides = [
          ['sent', said.client, first],
          ['received', said.server, answer],
        ] as const
        for (const [direction, bytes, opening] of sides) {
          const found = stream(told, direction)
          const base = (opening.sequence + 1) >>> 0
          const expected = wanted(bytes, captured, missing, base, opening.source)
          // a byte at the end that is only acknowledged may be a FIN
          if (expected.at(-1) === null && found.length === expected.length - 1) expected.pop()
          if (JSON.stringify(found) !== JSON.stringify(expected)) return false
        }
        return causeBeforeEffect(told, segments)
      },
    )
    t.doesNotThrow(() => fc.assert(property, { numRuns: runs }))
    t.end()
  })
}

check('in fair weather', { delayed: 0, seenTwice: 0, sentAgain: 0, lost: 0, mostDelayNs: 1 }, 50)
check('delayed, doubled and sent again', rough, 300)
check('lost too', { ...rough, lost: 0.1 }, 300)
