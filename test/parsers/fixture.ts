/** Reads a fixture file: a conversation written down line by line, and the exchanges that a parser must make of it. */
import { readFileSync } from 'node:fs'
import type { Side } from '../../parsers/parser.ts'

/** `at` is in nanoseconds since the capture began. */
export type Step = { side: Side; at: number; bytes: Uint8Array } | { side: Side; at: number; missing: number }

export interface Fixture {
  title: string
  /** For the parser's factory; its business what they mean. */
  options: Record<string, string>
  /** Why, after a loss, no later exchange need be whole; null where it must. */
  noRecovery: string | null
  steps: Step[]
  endAt: number
  expected: Record<string, unknown>[]
}

const unitNs: Record<string, number> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 }

function timeNs(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ns|us|ms|s)$/.exec(text)
  if (match === null) throw new Error(`'${text}' is not a time such as 100us or 1.5ms`)
  return Math.round(Number(match[1]) * (unitNs[match[2] ?? ''] ?? Number.NaN))
}

/** Items one after the other: `"text"` as in JSON, `"text"*1000`, `x 0a 0b0c`. */
function bytesOf(items: string): Uint8Array {
  const parts: Buffer[] = []
  const item = /\s*(?:("(?:[^"\\]|\\.)*")(?:\*(\d+))?|x((?:\s*[0-9a-fA-F]{2})+))\s*/y
  while (item.lastIndex < items.length) {
    const from = item.lastIndex
    const match = item.exec(items)
    if (match === null) throw new Error(`not a quoted string or a hex run: ${items.slice(from)}`)
    const [, quoted, times, hex] = match
    if (quoted !== undefined) parts.push(Buffer.from((JSON.parse(quoted) as string).repeat(Number(times ?? 1))))
    else parts.push(Buffer.from((hex ?? '').replace(/\s/g, ''), 'hex'))
  }
  return Buffer.concat(parts)
}

function stepOf(side: Side, rest: string): Step {
  const [, time, items] = /^(\S+)\s+(.*)$/s.exec(rest) ?? []
  if (time === undefined || items === undefined) throw new Error('a step is a side, a time and items')
  const at = timeNs(time)
  const gap = /^gap\s+(\d+)$/.exec(items)
  return gap === null ? { side, at, bytes: bytesOf(items) } : { side, at, missing: Number(gap[1]) }
}

/** Long lines go on in lines indented by two spaces or more. */
function joinedLines(text: string): { number: number; line: string }[] {
  const lines: { number: number; line: string }[] = []
  for (const [index, line] of text.split('\n').entries()) {
    const last = lines.at(-1)
    if (line.startsWith('  ') && last !== undefined) last.line += `\n${line.trim()}`
    else lines.push({ number: index + 1, line: line.trimEnd() })
  }
  return lines
}

function readLine(fixture: Fixture, line: string): void {
  const [, word, rest] = /^(\S+)\s*(.*)$/s.exec(line) ?? []
  if (word === undefined || rest === undefined || line === '') return
  switch (word) {
    case '#':
      fixture.title ||= rest
      return
    case 'option': {
      const [key, ...value] = rest.split(/\s+/)
      fixture.options[key ?? ''] = value.join(' ')
      return
    }
    case 'no-recovery':
      fixture.noRecovery = rest
      return
    case 'client':
    case 'server':
      fixture.steps.push(stepOf(word, rest))
      return
    case 'end':
      fixture.endAt = timeNs(rest)
      return
    case 'expect':
      fixture.expected.push(JSON.parse(rest) as Record<string, unknown>)
      return
    default:
      throw new Error(`no line begins with '${word}'`)
  }
}

export function parseFixture(text: string): Fixture {
  const fixture: Fixture = { title: '', options: {}, noRecovery: null, steps: [], endAt: -1, expected: [] }
  for (const { number, line } of joinedLines(text)) {
    try {
      readLine(fixture, line)
    } catch (error) {
      throw new Error(`read fixture line ${number}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      })
    }
  }
  if (fixture.endAt < 0) fixture.endAt = fixture.steps.at(-1)?.at ?? 0
  return fixture
}

export function loadFixture(path: string): Fixture {
  return parseFixture(readFileSync(path, 'utf8'))
}
