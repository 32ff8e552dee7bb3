/**
 * The checks that every parser passes on every fixture: whole, byte by byte, split everywhere, and with each chunk lost.
 * They return what they found, so that a test can also show that they find something.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Exchange, OnExchange } from '../../parsers/exchange.ts'
import type { Parser } from '../../parsers/parser.ts'
import type { Fixture, Step } from './fixture.ts'

export type ParserFactory = (onExchange: OnExchange, options: Record<string, string>) => Parser

/** Which check failed, on what input, and how. */
export interface Failure {
  check: 'expected' | 'bytes' | 'splits' | 'loss'
  input: string
  found: unknown
  wanted: unknown
}

/** Chunks larger than this are split at a sample of their offsets. */
const maxBytesSplitEverywhere = 4096
const sampledEdge = 64
const sampleStep = 97

/** Each call gets bytes of its own that are spoilt afterwards: a parser that keeps them tells nonsense. */
export function exchangesOf(fixture: Fixture, steps: Step[], factory: ParserFactory): Exchange[] {
  const exchanges: Exchange[] = []
  const parser = factory((exchange) => exchanges.push(exchange), fixture.options)
  for (const step of steps) {
    if ('missing' in step) {
      parser.gap(step.side, step.missing, step.at)
    } else {
      const bytes = Uint8Array.from(step.bytes)
      parser.push(step.side, bytes, step.at)
      bytes.fill(0xaa)
    }
  }
  parser.end(fixture.endAt)
  return exchanges
}

function comparable(value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value
}

function checkExpected(fixture: Fixture, whole: Exchange[]): Failure[] {
  const failures: Failure[] = []
  const input = 'whole chunks'
  if (whole.length !== fixture.expected.length) {
    failures.push({ check: 'expected', input: `${input}: number`, found: whole, wanted: fixture.expected })
    return failures
  }
  for (const [index, wanted] of fixture.expected.entries()) {
    const exchange: Record<string, unknown> = { ...whole[index] }
    const found = Object.fromEntries(Object.keys(wanted).map((key) => [key, comparable(exchange[key])]))
    if (isDeepStrictEqual(found, wanted)) continue
    failures.push({ check: 'expected', input: `${input}: exchange ${index + 1}`, found, wanted })
  }
  return failures
}

function cutStep(step: Step, offsets: number[]): Step[] {
  if ('missing' in step) return [step]
  const cuts = [0, ...offsets, step.bytes.length]
  return cuts.slice(1).map((end, index) => ({ ...step, bytes: step.bytes.subarray(cuts[index], end) }))
}

function splitOffsets(length: number): number[] {
  const all = Array.from({ length: Math.max(0, length - 1) }, (_, index) => index + 1)
  if (length <= maxBytesSplitEverywhere) return all
  return all.filter((at) => at <= sampledEdge || at >= length - sampledEdge || at % sampleStep === 0)
}

function replaced(steps: Step[], index: number, by: Step[]): Step[] {
  return [...steps.slice(0, index), ...by, ...steps.slice(index + 1)]
}

function* splits(steps: Step[]): Generator<{ input: string; steps: Step[] }> {
  for (const [index, step] of steps.entries()) {
    if ('missing' in step) continue
    for (const offset of splitOffsets(step.bytes.length)) {
      yield { input: `step ${index + 1} split at ${offset}`, steps: replaced(steps, index, cutStep(step, [offset])) }
    }
  }
}

/** The first input that gives something else tells enough. */
function checkSplits(fixture: Fixture, whole: Exchange[], factory: ParserFactory): Failure[] {
  const failures: Failure[] = []
  const singles = fixture.steps.flatMap((step) =>
    'missing' in step
      ? [step]
      : cutStep(
          step,
          Array.from({ length: Math.max(0, step.bytes.length - 1) }, (_, i) => i + 1),
        ),
  )
  const found = exchangesOf(fixture, singles, factory)
  if (!isDeepStrictEqual(found, whole)) failures.push({ check: 'bytes', input: 'byte by byte', found, wanted: whole })
  for (const { input, steps } of splits(fixture.steps)) {
    const found = exchangesOf(fixture, steps, factory)
    if (isDeepStrictEqual(found, whole)) continue
    failures.push({ check: 'splits', input, found, wanted: whole })
    break
  }
  return failures
}

function* losses(steps: Step[]): Generator<{ input: string; at: number; steps: Step[] }> {
  for (const [index, step] of steps.entries()) {
    if ('missing' in step) continue
    const { side, at, bytes } = step
    const half = bytes.length >> 1
    const gap = (missing: number): Step => ({ side, at, missing })
    yield { input: `step ${index + 1} lost`, at, steps: replaced(steps, index, [gap(bytes.length)]) }
    if (half === 0) continue
    const first = [gap(half), { side, at, bytes: bytes.subarray(half) }]
    const second = [{ side, at, bytes: bytes.subarray(0, half) }, gap(bytes.length - half)]
    yield { input: `step ${index + 1}: first half lost`, at, steps: replaced(steps, index, first) }
    yield { input: `step ${index + 1}: second half lost`, at, steps: replaced(steps, index, second) }
  }
}

/**
 * The last exchange, if it must survive damage at this time: it began when all before it was over, and at least one
 * undamaged exchange lies between.
 */
function survivor(fixture: Fixture, whole: Exchange[], at: number): Exchange | undefined {
  const last = whole.at(-1)
  if (fixture.noRecovery !== null || last === undefined || last.incompleteBecause !== null) return undefined
  const damaged = whole.findLastIndex((exchange) => exchange.startedAt <= at)
  if (damaged === -1 || whole.length - 1 < damaged + 2) return undefined
  const isOver = whole.slice(0, -1).every((exchange) => (exchange.endedAt ?? 0) <= last.startedAt)
  return isOver ? last : undefined
}

function checkLosses(fixture: Fixture, whole: Exchange[], factory: ParserFactory): Failure[] {
  const failures: Failure[] = []
  for (const { input, at, steps } of losses(fixture.steps)) {
    const failed = (what: string, found: unknown, wanted: unknown): void => {
      failures.push({ check: 'loss', input: `${input}: ${what}`, found, wanted })
    }
    let found: Exchange[]
    try {
      found = exchangesOf(fixture, steps, factory)
    } catch (error) {
      failed('it threw', error instanceof Error ? error.stack : error, 'no error')
      continue
    }
    if (found.length > whole.length + 1) failed('more exchanges than there were', found, whole)
    const left = [...whole]
    for (const exchange of found) {
      if (exchange.incompleteBecause !== null) continue
      const index = left.findIndex((one) => isDeepStrictEqual(one, exchange))
      if (index === -1) failed('called complete, and is not', exchange, whole)
      else left.splice(index, 1)
    }
    const wanted = survivor(fixture, whole, at)
    if (wanted !== undefined && left.includes(wanted)) failed('no recovery', found, wanted)
  }
  return failures
}

export function checkFixture(fixture: Fixture, factory: ParserFactory): Failure[] {
  const whole = exchangesOf(fixture, fixture.steps, factory)
  return [
    ...checkExpected(fixture, whole),
    ...checkSplits(fixture, whole, factory),
    ...checkLosses(fixture, whole, factory),
  ]
}
