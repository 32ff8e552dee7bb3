/** What is taken for HTTP/1 by its first bytes, and what is not. */
import t from 'tap'
import { looksLikeRequest, looksLikeResponse } from '../../parsers/http/detection.ts'

const requests = [
  'GET / HTTP/1.1\r\n',
  'PUT /x',
  'DELETE /',
  'PATCH /p',
  'OPTIONS * HTTP/1.1',
  'PROPFIND /dav',
  'M-SEARCH * HTTP/1.1',
  'BASELINE-CONTROL /',
  'ABCDEFGHIJKLMNOPQRSTUVWX /',
  'GET http://a/',
  'GET HTTPS://a/',
  'CONNECT db:443',
  'CONNECT [::1]:443',
  'CONNECT 10.0.0.1:1',
  '\r\nGET /',
  '\n\r\nCONNECT db:443',
  '\r\n\r\nOPTIONS * HTTP/1.1',
]
const others: [string, Uint8Array | string][] = [
  ['a MySQL greeting', Uint8Array.of(0x4a, 0, 0, 0, 0x0a, 0x38, 0x2e)],
  ['a MySQL query', Uint8Array.of(0x09, 0, 0, 0, 3, 0x47, 0x45, 0x54, 0x20, 0x2f)],
  ['a TLS hello', Uint8Array.of(0x16, 3, 1, 2, 0)],
  ['the HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['a method in small letters', 'get / HTTP/1.1'],
  ['a method of 25 characters', 'ABCDEFGHIJKLMNOPQRSTUVWXY /'],
  ['a space first', ' GET /'],
  ['Redis', 'SET key value\r\n'],
  ['an asterisk and more', 'OPTIONS *x'],
  ['a scheme that is not HTTP', 'GET httpx://a'],
  ['SQL', 'SELECT 1'],
  ['an empty line, and the HTTP/2 preface', '\r\nPRI * HTTP/2.0\r\n'],
  ['many empty lines', '\r\n\r\n\r\nGET /'],
  ['a PROXY header of version 2', Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51)],
]

void t.test('every beginning of a request is undecided or a request', (t) => {
  for (const text of requests) {
    const bytes = Buffer.from(text)
    for (let length = 0; length < bytes.length; length++)
      t.not(looksLikeRequest(bytes, length), false, `${text} to ${length}`)
    t.equal(looksLikeRequest(bytes, bytes.length), true, text)
  }
  t.end()
})

void t.test('what is no request is told within 32 bytes, and no beginning of it is taken for one', (t) => {
  for (const [name, content] of others) {
    const bytes = Buffer.from(content)
    for (let length = 0; length < bytes.length; length++)
      t.not(looksLikeRequest(bytes, length), true, `${name} to ${length}`)
    t.equal(looksLikeRequest(bytes, Math.min(32, bytes.length)), false, name)
  }
  t.equal(looksLikeRequest(Uint8Array.of(0x09, 0, 0), 1), false, 'binary data at the first byte')
  t.equal(looksLikeRequest(Buffer.from('GET GARBAGE'), 5), false, 'a target at its first byte')
  t.end()
})

void t.test('a response begins with HTTP/1.', (t) => {
  t.equal(looksLikeResponse(Buffer.from('HTTP/1.1 200 OK'), 15), true)
  t.equal(looksLikeResponse(Buffer.from('HTTP/1'), 6), undefined)
  t.equal(looksLikeResponse(Buffer.from('HTTP/2 200'), 10), false)
  t.equal(looksLikeResponse(Uint8Array.of(0x4a), 1), false)
  t.end()
})
