/** What a wrong word on the command line or a wrong file gives: a message that names it, and the right exit code. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { querytap } from './querytap.ts'

const done = 0
const failed = 1
const usage = 2

const cases: { given: string[]; code: number; says: RegExp }[] = [
  { given: ['capture', '--port', 'abc'], code: usage, says: /--port: 'abc' is not a port, 1 to 65535/ },
  { given: ['capture', '--port', '70000'], code: usage, says: /'70000' is not a port/ },
  { given: ['capture', '--slow', '50'], code: usage, says: /--slow: '50' is not a duration such as 50ms/ },
  { given: ['capture', '--attach', 'magic'], code: usage, says: /--attach: .*kprobe/ },
  { given: ['capture', '--ring', '1000000'], code: usage, says: /--ring: 1000000 is not a power of two/ },
  { given: ['capture', '--nonsense'], code: usage, says: /nonsense/ },
  { given: ['capture', '--slow'], code: usage, says: /slow/ },
  { given: ['recrod'], code: usage, says: /recrod|record/ },
  { given: ['report', '--since', 'yesterday'], code: usage, says: /--since: 'yesterday' is not a time/ },
  { given: ['replay'], code: usage, says: /file|argument/ },
  { given: ['replay', '/nowhere/a.qtap'], code: failed, says: /read \/nowhere\/a\.qtap: ENOENT/ },
  {
    given: ['replay', '/sys/kernel/debug/nowhere', '/dev/null'],
    code: failed,
    says: /nowhere: ENOENT[^]*read \/dev\/null: it is empty/,
  },
  {
    given: ['replay', 'x', '--decode', '3307=oracle'],
    code: usage,
    says: /--decode: '3307=oracle' is not a port and what/,
  },
  { given: ['record', '/tmp/a.qtap', '--files', '3'], code: usage, says: /--files: it needs --max-size/ },
  { given: ['record', '/tmp/a.qtap', '--max-size', '1k'], code: usage, says: /--max-size: 1024 is less than 64k/ },
  { given: ['record', '/nowhere/a.qtap', '--duration', '1s'], code: failed, says: /write \/nowhere\/a\.qtap: ENOENT/ },
  { given: ['capture', '--store', '/proc/nowhere/x.db', '--duration', '1s'], code: failed, says: /\/proc\/nowhere/ },
  { given: ['report', '--store', '/nowhere/x.db'], code: failed, says: /nowhere\/x\.db/ },
]

for (const { given, code, says } of cases) {
  void t.test(`querytap ${given.join(' ')}`, (t) => {
    const run = querytap(...given)
    t.equal(run.code, code)
    t.match(run.stderr, says)
    t.notMatch(run.stderr, /\n {4}at /, 'no stack')
    t.equal(run.stdout, '', 'nothing on standard output')
    t.end()
  })
}

void t.test('a file that is no recording, an empty one, and one of a later format', (t) => {
  const directory = t.testdir({ 'text.qtap': 'Dear diary\n'.repeat(20), 'empty.qtap': '' })
  t.match(querytap('replay', join(directory, 'text.qtap')), {
    code: failed,
    stderr: /text.qtap: it is no capture file\n.*pcap/,
  })
  t.match(querytap('replay', join(directory, 'empty.qtap')), { code: failed, stderr: /empty.qtap: it is empty/ })
  const header = Buffer.from(
    JSON.stringify({ version: 99, beganNs: 0, epochNs: '0', kernel: '9.9', attachMode: 'kprobe' }),
  )
  const frame = Buffer.alloc(16 + ((header.length + 7) & ~7))
  frame.set([0x51, 0x54, 0x41, 0x50, 0x0d, 0x0a, 0x1a, 0x0a])
  frame.writeUInt32LE(1, 8)
  frame.writeUInt32LE(header.length, 12)
  frame.set(header, 16)
  writeFileSync(join(directory, 'later.qtap'), frame)
  t.match(querytap('replay', join(directory, 'later.qtap')), { code: failed, stderr: /format 99 is newer/ })
  t.end()
})

void t.test('--help and --version are no failures', (t) => {
  t.match(querytap('--help'), { code: done, stdout: /capture[^]*report[^]*replay[^]*doctor/ })
  t.match(querytap('--version'), { code: done, stdout: /^\d+\.\d+\.\d+\n$/ })
  t.end()
})

void t.test('a store that is a directory, and one of a later querytap', (t) => {
  const directory = t.testdir({})
  mkdirSync(join(directory, 'store.db'))
  t.match(querytap('report', '--store', join(directory, 'store.db')), { code: failed, stderr: /store\.db/ })
  t.end()
})
