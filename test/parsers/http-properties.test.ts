/** HTTP conversations that nobody wrote: generated ones come back equal, spoilt ones do no harm. */
import fc from 'fast-check'
import t from 'tap'
import type { Exchange } from '../../parsers/exchange.ts'
import { HttpParser } from '../../parsers/http/http-parser.ts'
import type { Side } from '../../parsers/parser.ts'

interface Message {
  head: string
  body: Buffer
  coding: 'length' | 'chunked'
  chunkBytes: number
}

function encoded({ head, body, coding, chunkBytes }: Message): Buffer {
  if (coding === 'length') {
    return Buffer.concat([Buffer.from(`${head}content-length: ${body.length}\r\n\r\n`), body])
  }
  const parts: Uint8Array[] = [Buffer.from(`${head}Transfer-Encoding: chunked\r\n\r\n`)]
  for (let at = 0; at < body.length; at += chunkBytes) {
    const chunk = body.subarray(at, at + chunkBytes)
    parts.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'))
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')])
}

const body = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  // Bodies that look like messages are still bodies.
  fc
    .constantFrom('', 'GET / HTTP/1.1\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\n', '0\r\n\r\n')
    .map((text) => Buffer.from(text)),
)
const framing = {
  coding: fc.constantFrom('length' as const, 'chunked' as const),
  chunkBytes: fc.integer({ min: 1, max: 70 }),
}
const field = fc.constantFrom('', 'Accept: */*\r\n', 'X-A: b\r\n folded\r\n', 'X-Content-Length: 9\r\n')
const exchange = fc.record({
  method: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'X-CUSTOM'),
  path: fc.webPath().map((path) => (path.startsWith('/') ? path : `/${path}`)),
  query: fc.option(fc.webQueryParameters()),
  statusCode: fc.constantFrom(200, 201, 204, 302, 304, 404, 500, 503),
  interim: fc.constantFrom('', 'HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n'),
  requestBody: body,
  responseBody: body,
  request: fc.record(framing),
  response: fc.record(framing),
  field,
  pipelined: fc.boolean(),
})
type Generated = typeof exchange extends fc.Arbitrary<infer T> ? T : never

function requestOf(one: Generated): Buffer {
  const target = one.query === null ? one.path : `${one.path}?${one.query}`
  return encoded({
    head: `${one.method} ${target} HTTP/1.1\r\nHost: a\r\n${one.field}`,
    body: Buffer.from(one.requestBody),
    ...one.request,
  })
}

function hasBody(one: Generated): boolean {
  return one.method !== 'HEAD' && one.statusCode !== 204 && one.statusCode !== 304
}

function responseOf(one: Generated): Buffer {
  const head = `HTTP/1.1 ${one.statusCode} Some Words\r\n${one.field}`
  const whole = encoded({ head, body: Buffer.from(one.responseBody), ...one.response })
  const bytes = hasBody(one) ? whole : whole.subarray(0, whole.indexOf('\r\n\r\n') + 4)
  return Buffer.concat([Buffer.from(one.interim), bytes])
}

/** Each side's bytes in the order of the conversation: pipelined requests go before the answers to the ones before. */
function conversation(exchanges: Generated[]): { side: Side; bytes: Buffer }[] {
  const steps: { side: Side; bytes: Buffer }[] = []
  let waiting: Generated[] = []
  const answer = (): void => {
    for (const one of waiting) steps.push({ side: 'server', bytes: responseOf(one) })
    waiting = []
  }
  for (const one of exchanges) {
    if (!one.pipelined) answer()
    steps.push({ side: 'client', bytes: requestOf(one) })
    waiting.push(one)
  }
  answer()
  return steps
}

const exchanges = fc.array(exchange, { minLength: 1, maxLength: 6 })
const cuts = fc.infiniteStream(fc.integer({ min: 1, max: 120 }))
const runs = { numRuns: 150 }

void t.test('generated conversations come back as they were written, however they are cut', (t) => {
  const property = fc.property(exchanges, cuts, (exchanges, cuts) => {
    const found: Exchange[] = []
    const parser = new HttpParser((exchange) => found.push(exchange))
    for (const { side, bytes } of conversation(exchanges)) {
      for (let from = 0; from < bytes.length;) {
        const to = from + cuts.next().value
        parser.push(side, bytes.subarray(from, to), 1)
        from = to
      }
    }
    parser.end(2)
    const wanted = exchanges.map((one) => ({
      method: one.method,
      path: one.path,
      query: one.query,
      statusCode: one.statusCode,
      requestBytes: requestOf(one).length,
      responseBytes: responseOf(one).length,
      requestBodyBytes: one.requestBody.length,
      responseBodyBytes: hasBody(one) ? one.responseBody.length : 0,
      incompleteBecause: null,
    }))
    const seen = found.map((exchange) => {
      if (exchange.protocol !== 'http') throw new Error('the HTTP parser gave out something else')
      const { method, path, query, statusCode, requestBytes, responseBytes } = exchange
      const { requestBodyBytes, responseBodyBytes, incompleteBecause } = exchange
      return {
        method,
        path,
        query,
        statusCode,
        requestBytes,
        responseBytes,
        requestBodyBytes,
        responseBodyBytes,
        incompleteBecause,
      }
    })
    if (JSON.stringify(seen) !== JSON.stringify(wanted)) {
      throw new Error(`wanted ${JSON.stringify(wanted, null, 1)}\nfound ${JSON.stringify(seen, null, 1)}`)
    }
  })
  // A failure's message carries the seed and the smallest counterexample.
  t.doesNotThrow(() => fc.assert(property, runs))
  t.end()
})

const hole = fc.record({ step: fc.nat(20), from: fc.nat(400), bytes: fc.integer({ min: 1, max: 300 }) })

void t.test('whatever bytes are lost, an exchange that is called complete is one that was written', (t) => {
  const property = fc.property(exchanges, fc.array(hole, { minLength: 1, maxLength: 3 }), (exchanges, holes) => {
    const steps = conversation(exchanges.map((one) => ({ ...one, pipelined: false })))
    const run = (isLost: (step: number, at: number) => boolean): string[] => {
      const found: string[] = []
      const parser = new HttpParser((exchange) => {
        if (exchange.incompleteBecause === null) found.push(JSON.stringify(exchange))
      })
      for (const [step, { side, bytes }] of steps.entries()) {
        for (let at = 0; at < bytes.length; at++) {
          if (isLost(step, at)) parser.gap(side, 1, step)
          else parser.push(side, bytes.subarray(at, at + 1), step)
        }
      }
      parser.end(steps.length)
      return found
    }
    const written = new Set(run(() => false))
    const found = run((step, at) =>
      holes.some((hole) => hole.step % steps.length === step && at >= hole.from && at < hole.from + hole.bytes),
    )
    for (const exchange of found) if (!written.has(exchange)) throw new Error(`not written: ${exchange}`)
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 400 }))
  t.end()
})

interface Blow {
  step: number
  at: number
  kind: 'flip' | 'lose' | 'insert'
  byte: number
}

const blows = fc.array(
  fc.record<Blow>({
    step: fc.nat(20),
    at: fc.nat(400),
    kind: fc.constantFrom('flip', 'lose', 'insert'),
    byte: fc.nat(255),
  }),
  { minLength: 1, maxLength: 4 },
)

void t.test('spoilt conversations never throw and stay bounded', (t) => {
  const property = fc.property(exchanges, blows, fc.boolean(), (exchanges, blows, midlife) => {
    let given = 0
    const parser = new HttpParser(() => given++, { midlife, limits: { pendingRequests: 4, headBytes: 300 } })
    const steps = conversation(exchanges)
    for (const [index, { side, bytes }] of steps.entries()) {
      let rest = Buffer.from(bytes)
      for (const { kind, at, byte } of blows.filter((blow) => blow.step % steps.length === index)) {
        const from = at % (rest.length + 1)
        if (kind === 'flip' && from < rest.length) rest[from] = byte
        if (kind === 'insert')
          rest = Buffer.concat([rest.subarray(0, from), Buffer.of(byte, byte), rest.subarray(from)])
        if (kind === 'lose') {
          parser.push(side, rest.subarray(0, from), index)
          parser.gap(side, 1 + byte, index)
          rest = rest.subarray(from)
        }
      }
      parser.push(side, rest, index)
    }
    parser.end(steps.length)
    // A body may hold what looks like messages; each takes 18 bytes at least.
    const most = steps.reduce((sum, { bytes }) => sum + 1 + bytes.length / 16, 4)
    if (given > most) throw new Error(`${given} exchanges out of ${exchanges.length}`)
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 400 }))
  t.end()
})

void t.test('bytes of any kind never throw', (t) => {
  const push = fc.record({ side: fc.constantFrom<Side>('client', 'server'), bytes: fc.uint8Array({ maxLength: 600 }) })
  const property = fc.property(fc.array(push, { maxLength: 12 }), fc.boolean(), (pushes, midlife) => {
    const parser = new HttpParser(() => undefined, { midlife })
    for (const [at, { side, bytes }] of pushes.entries()) parser.push(side, bytes, at)
    parser.end(pushes.length)
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 300 }))
  t.end()
})

void t.test('an endless line, head, pipeline or chunk size holds no more than the limits say', (t) => {
  const filler = Buffer.alloc(64 * 1024, 'a')
  const grown = (first: string, more: Buffer, side: Side = 'client'): number => {
    const parser = new HttpParser(() => undefined)
    if (side === 'server') parser.push('client', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 0)
    parser.push(side, Buffer.from(first), 0)
    const before = process.memoryUsage()
    for (let at = 1; at < 300; at++) parser.push(side, more, at)
    const after = process.memoryUsage()
    parser.end(300)
    return after.arrayBuffers - before.arrayBuffers
  }
  t.ok(grown('GET /', filler) < 1e6, 'a request line')
  t.ok(grown('GET / HTTP/1.1\r\nX: ', filler) < 1e6, 'a field line')
  t.ok(grown('HTTP/1.1 200 ', filler, 'server') < 1e6, 'a status line')
  t.ok(grown('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;', filler, 'server') < 1e6, 'a chunk extension')
  const parser = new HttpParser(() => undefined)
  const requests = Buffer.from('GET / HTTP/1.1\r\n\r\n'.repeat(1000))
  for (let at = 0; at < 20; at++) parser.push('client', requests, at)
  t.equal(parser.counts.overflowedRequests, 20_000 - 256)
  t.end()
})
