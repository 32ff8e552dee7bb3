/** What an HTTP connection that never comes to an end holds in memory. */
import t from 'tap'
import { HttpParser } from '../../parsers/http/http-parser.ts'
import type { Side } from '../../parsers/parser.ts'

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
