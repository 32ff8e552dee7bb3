/** Every written HTTP conversation, through every check that parsers have to pass. */
import t from 'tap'
import type { Exchange } from '../../parsers/exchange.ts'
import { HttpParser, type HttpParserOptions } from '../../parsers/http/http-parser.ts'
import type { ParserFactory } from './check-fixture.ts'
import { runFixtures } from './run-fixture.ts'

const factory: ParserFactory = (onExchange, options) => {
  const limits: NonNullable<HttpParserOptions['limits']> = {}
  for (const [key, value] of Object.entries(options)) {
    if (key === 'midlife') continue
    if (key !== 'headBytes' && key !== 'targetBytes' && key !== 'fieldBytes' && key !== 'pendingRequests') {
      throw new Error(`the HTTP parser has no option ${key}`)
    }
    limits[key] = Number(value)
  }
  return new HttpParser(onExchange, { midlife: options['midlife'] === 'true', limits })
}

runFixtures(t, 'fixtures/http', factory)

void t.test('a body that lasts until the close is not over when only the capture stops', (t) => {
  for (const stopped of [false, true]) {
    const exchanges: Exchange[] = []
    const parser = new HttpParser((exchange) => exchanges.push(exchange))
    parser.push('client', Buffer.from('GET /events HTTP/1.1\r\n\r\n'), 1)
    parser.push('server', Buffer.from('HTTP/1.1 200 OK\r\n\r\ndata: 1\n\n'), 2)
    parser.end(3, stopped)
    t.match(exchanges, [stopped ? { status: 'unfinished', endedAt: null } : { status: 'ok', endedAt: 2 }])
  }
  t.end()
})
