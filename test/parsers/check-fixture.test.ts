/** The checks themselves: each finds the parser that was broken for it. */
import t from 'tap'
import type { OnExchange } from '../../parsers/exchange.ts'
import { HttpParser } from '../../parsers/http/http-parser.ts'
import type { Parser, Side } from '../../parsers/parser.ts'
import { checkFixture, type Failure } from './check-fixture.ts'
import { parseFixture } from './fixture.ts'

const pair = (n: number): string =>
  `client ${n}ms "GET /${n} HTTP/1.1\\r\\n" "Host: a\\r\\n\\r\\n"\nserver ${n}.5ms "HTTP/1.1 200 OK\\r\\nContent-Length: 4\\r\\n\\r\\n" x 61 6262 63\n`
const text = `# four exchanges\n${[1, 2, 3, 4].map(pair).join('')}end 9ms\n${[1, 2, 3, 4].map((n) => `expect {"path": "/${n}",\n  "statusCode": 200}\n`).join('')}`

/** A parser that is right but for what a test spoils. */
class Spoilt implements Parser {
  readonly inner: HttpParser
  constructor(onExchange: OnExchange) {
    this.inner = new HttpParser(onExchange)
  }
  push(side: Side, bytes: Uint8Array, at: number): void {
    this.inner.push(side, bytes, at)
  }
  gap(side: Side, missing: number, at: number): void {
    this.inner.gap(side, missing, at)
  }
  end(at: number): void {
    this.inner.end(at)
  }
}

class FusesChunks extends Spoilt {
  override push(side: Side, bytes: Uint8Array, at: number): void {
    // Taking each chunk for a message is the classic mistake.
    if (side === 'client' && bytes[0] !== 0x47) return
    super.push(side, bytes, at)
  }
}

class KeepsBytes extends Spoilt {
  #kept: [Side, Uint8Array, number][] = []
  override push(side: Side, bytes: Uint8Array, at: number): void {
    this.#kept.push([side, bytes, at])
  }
  override end(at: number): void {
    for (const [side, bytes, at] of this.#kept) super.push(side, bytes, at)
    super.end(at)
  }
}

class IgnoresGaps extends Spoilt {
  override gap(): void {}
}

class ThrowsOnGaps extends Spoilt {
  override gap(): void {
    throw new RangeError('offset is out of range')
  }
}

class DiesOfGaps extends Spoilt {
  #isDead = false
  override gap(): void {
    this.#isDead = true
  }
  override push(side: Side, bytes: Uint8Array, at: number): void {
    if (!this.#isDead) super.push(side, bytes, at)
  }
}

const found = (factory: (onExchange: OnExchange) => Parser, fixture = text): Failure[] =>
  checkFixture(parseFixture(fixture), factory)
const has = (failures: Failure[], check: Failure['check'], input: RegExp): boolean =>
  failures.some((failure) => failure.check === check && input.test(failure.input))

void t.test('a right parser passes', (t) => {
  t.strictSame(
    found((onExchange) => new Spoilt(onExchange)),
    [],
  )
  t.end()
})

void t.test('another value than expected, and another number of exchanges, is found', (t) => {
  const right = (onExchange: OnExchange): Parser => new Spoilt(onExchange)
  t.ok(has(found(right, text.replace('"path": "/3"', '"path": "/x"')), 'expected', /exchange 3/))
  t.ok(has(found(right, text.replace('"path": "/3"', '"nothing": null')), 'expected', /exchange 3/))
  t.ok(has(found(right, `${text}expect {}\n`), 'expected', /number/))
  t.end()
})

void t.test('a parser that depends on how the bytes come is found', (t) => {
  const failures = found((onExchange) => new FusesChunks(onExchange))
  t.ok(has(failures, 'bytes', /byte by byte/))
  t.ok(has(failures, 'splits', /split at/))
  t.notOk(has(failures, 'expected', /./))
  t.end()
})

void t.test('a parser that keeps bytes that are not its own is found', (t) => {
  t.ok(
    has(
      found((onExchange) => new KeepsBytes(onExchange)),
      'expected',
      /./,
    ),
  )
  t.end()
})

void t.test('a parser that calls complete what is not, throws, or does not recover is found', (t) => {
  t.ok(
    has(
      found((onExchange) => new IgnoresGaps(onExchange)),
      'loss',
      /called complete/,
    ),
  )
  t.ok(
    has(
      found((onExchange) => new ThrowsOnGaps(onExchange)),
      'loss',
      /threw/,
    ),
  )
  t.ok(
    has(
      found((onExchange) => new DiesOfGaps(onExchange)),
      'loss',
      /no recovery/,
    ),
  )
  t.end()
})

void t.test('a parser that makes exchanges up after a loss is found', (t) => {
  class MakesUp extends Spoilt {
    readonly #onExchange: OnExchange
    constructor(onExchange: OnExchange) {
      super(onExchange)
      this.#onExchange = onExchange
    }
    override gap(): void {
      const fixture = parseFixture(text)
      const parser = new HttpParser((exchange) => this.#onExchange({ ...exchange, incompleteBecause: 'made up' }))
      for (const step of fixture.steps) if ('bytes' in step) parser.push(step.side, step.bytes, step.at)
    }
  }
  t.ok(
    has(
      found((onExchange) => new MakesUp(onExchange)),
      'loss',
      /more exchanges/,
    ),
  )
  t.end()
})

void t.test('a fixture that cannot be read says where', (t) => {
  t.throws(() => parseFixture('# x\nclient soon "a"'), /line 2: 'soon' is not a time/)
  t.throws(() => parseFixture('clown 1ms "a"'), /line 1: no line begins with 'clown'/)
  t.throws(() => parseFixture('client 1ms "a" b'), /not a quoted string or a hex run: b/)
  t.strictSame(parseFixture('# t\noption a b c\nclient 1.5us x 0a 0b0c "d"*2\n  "e"\nserver 2s gap 7').steps, [
    { side: 'client', at: 1500, bytes: Buffer.from('\n\v\fdde') },
    { side: 'server', at: 2e9, missing: 7 },
  ])
  t.end()
})
