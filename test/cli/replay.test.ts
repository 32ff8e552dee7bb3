/** `querytap replay` from a pipe: the same as from a file, packed or not, and live, while the pipe is open. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { main } from '../kernel/capture-process.ts'
import * as wire from '../parsers/mysql-encoding.ts'
import { pcapHeader, TcpConversation } from '../packets/pcap-writer.ts'
import { querytap } from './querytap.ts'

const begunAt = BigInt(Date.now() - 5000) * 1_000_000n
const json = ['--slow', '0', '--json', '--keep-literals']

/** A session of statements; each part of it is a piece of a capture. */
function session(...statements: string[]): Buffer[] {
  const parts: Buffer[] = []
  let records = [pcapHeader()]
  const ends = [
    { address: '10.0.0.1', port: 40000 },
    { address: '10.0.0.2', port: 3306 },
  ] as const
  const tcp = new TcpConversation((record) => records.push(record), ...ends)
  let at = begunAt
  const send = (side: 'client' | 'server', bytes: Uint8Array) => tcp.send(side, bytes, (at += 1_000_000n))
  tcp.open(at)
  send('server', wire.greeting())
  send('client', wire.login(0))
  send('server', wire.packet(2, wire.okPayload({})))
  for (const text of statements) {
    send('client', wire.packet(0, 3, text))
    send('server', wire.packet(1, wire.okPayload({})))
    parts.push(Buffer.concat(records))
    records = []
  }
  return parts
}

void t.test('a pipe is replayed as the file is, packed or not', (t) => {
  const path = join(t.testdir({}), 'session')
  writeFileSync(path, Buffer.concat(session('DELETE FROM a', 'DELETE FROM b')))
  const { stdout: expected, code } = querytap('replay', path, ...json)
  t.equal(code, 0)
  t.match(expected, /DELETE FROM a[^]*DELETE FROM b/)
  for (const packer of ['cat', 'gzip', 'zstd']) {
    const input = spawnSync(packer, ['-'], { input: readFileSync(path) }).stdout
    const { stdout, status } = spawnSync(process.execPath, [main, 'replay', '-', ...json], { input, encoding: 'utf8' })
    t.equal(status, 0)
    t.equal(stdout, expected, packer)
  }
  t.end()
})

void t.test('what comes through a pipe is shown while it is open, and Ctrl-C ends it with the report', async (t) => {
  const child = spawn(process.execPath, [main, 'replay', '-', '--slow', '0', '--keep-literals'], { stdio: 'pipe' })
  let shown = ''
  child.stdout.on('data', (chunk: Buffer) => (shown += chunk.toString()))
  const until = async (pattern: RegExp) => {
    while (!pattern.test(shown)) await once(child.stdout, 'data')
  }
  for (const [i, part] of session('DELETE FROM a', 'DELETE FROM b').entries()) {
    child.stdin.write(part)
    await until(i === 0 ? /DELETE FROM a/ : /DELETE FROM b/)
  }
  t.pass('both were shown')
  child.kill('SIGINT')
  const [code] = (await once(child, 'exit')) as [number]
  t.equal(code, 0)
  t.match(shown, /querytap report/)
})

void t.test('filters choose what counts', (t) => {
  const path = join(t.testdir({}), 'session')
  writeFileSync(path, Buffer.concat(session('DELETE FROM a', 'DELETE FROM b')))
  const count = (...filter: string[]) => querytap('replay', path, ...json, ...filter).stdout.split('\n').length - 1
  t.equal(count('--server', '10.0.0.2:3306', '--min-duration', '1ms'), 3)
  t.equal(count('--server', '10.0.0.1'), 0)
  t.equal(count('--min-duration', '1h'), 0)
  t.equal(count('--until', '2020-01-01'), 0)
  t.end()
})
