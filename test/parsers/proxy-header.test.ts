/** The client that a PROXY header names, of both versions, and headers that name none. */
import t from 'tap'
import { type ProxiedClient, ProxyHeader } from '../../parsers/proxy-header.ts'

const signature = '0d0a0d0a000d0a515549540a'

function clientOf(header: Buffer): ProxiedClient | null {
  const reader = new ProxyHeader()
  // byte by byte: whatever the split, the header is one
  for (const byte of header) reader.push(Uint8Array.of(byte))
  return reader.client
}
const line = (text: string) => clientOf(Buffer.from(`${text}\r\n`))
const binary = (hex: string) => clientOf(Buffer.from(signature + hex, 'hex'))

t.test('a line names the source', (t) => {
  t.same(line('PROXY TCP4 192.0.2.1 198.51.100.1 56324 3306'), { address: '192.0.2.1', port: 56324 })
  t.same(line('PROXY TCP6 2001:db8::1 2001:db8::2 4000 3306'), { address: '2001:db8::1', port: 4000 })
  t.end()
})

t.test('a line that names nobody, or no address', (t) => {
  t.equal(line('PROXY UNKNOWN'), null)
  t.equal(line('PROXY UNKNOWN ffff::1 ffff::2 1 2'), null)
  t.equal(line('PROXY TCP4 nobody 198.51.100.1 56324 3306'), null)
  t.equal(line('PROXY TCP4 192.0.2.1'), null)
  t.end()
})

t.test('a binary header names the source', (t) => {
  t.same(binary('2111000cc0000201c6336401dc040cea'), { address: '192.0.2.1', port: 56324 })
  const from = '20010db8000000000000000000000001'
  const to = '20010db8000000000000000000000002'
  t.same(binary(`21210024${from}${to}dc040cea`), { address: '2001:db8::1', port: 56324 })
  t.same(binary(`21210024${'00'.repeat(15)}01${to}dc040cea`), { address: '::1', port: 56324 })
  t.same(binary(`21210024${'0001'.repeat(8)}${to}dc040cea`), { address: '1:1:1:1:1:1:1:1', port: 56324 })
  t.end()
})

t.test('values behind the addresses are passed over, however many', (t) => {
  t.same(binary(`2111010cc0000201c6336401dc040cea${'00'.repeat(256)}`), { address: '192.0.2.1', port: 56324 })
  t.end()
})

t.test('a binary header that names nobody', (t) => {
  t.equal(binary('2011000cc0000201c6336401dc040cea'), null, 'LOCAL')
  t.equal(binary('20000000'), null, 'LOCAL without addresses')
  t.equal(binary('21110004c0000201'), null, 'too short for its family')
  t.equal(binary(`213100d8${'61'.repeat(216)}`), null, 'a socket of the proxy’s machine')
  t.end()
})
