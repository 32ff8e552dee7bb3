/** Which protocol a connection speaks: by its first runs, and the same however they are cut. */
import t from 'tap'
import { Detector, type Verdict, type Way } from '../../parsers/detection.ts'

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')
const greeting = Buffer.concat([hex('4a000000 0a'), Buffer.from('10.11.6-MariaDB\0'), Buffer.alloc(58)])
const select = Buffer.concat([hex('09000000 03'), Buffer.from('SELECT 1')])
const ok = hex('07000001 00000002000000')
const columns = hex('01000001 01')

interface Case {
  name: string
  client?: Way
  midLife?: boolean
  runs: [Way, Buffer][]
  verdict: Verdict | undefined
}

const mysql = (client: Way): Verdict => ({ kind: 'spoken', protocol: 'mysql', client })
const http = (client: Way): Verdict => ({ kind: 'spoken', protocol: 'http', client })
const none: Verdict = { kind: 'none' }

const cases: Case[] = [
  { name: 'a MySQL greeting', client: 0, runs: [[1, greeting]], verdict: mysql(0) },
  { name: 'a MySQL greeting, roles not known', runs: [[0, greeting]], verdict: mysql(1) },
  {
    name: 'too many connections, in place of the greeting',
    client: 0,
    runs: [[1, Buffer.concat([hex('17000000 ff 1004'), Buffer.from('Too many connections')])]],
    verdict: mysql(0),
  },
  { name: 'an HTTP request', client: 0, runs: [[0, Buffer.from('GET / HTTP/1.1\r\n')]], verdict: http(0) },
  {
    name: 'an HTTP request behind a byte of the other end',
    runs: [
      [1, Buffer.from('H')],
      [0, Buffer.from('GET / HTTP/1.1\r\n')],
    ],
    verdict: http(0),
  },
  { name: 'PATCH is a request', client: 0, runs: [[0, Buffer.from('PATCH /a HTTP/1.1\r\n')]], verdict: http(0) },
  {
    name: 'a request at the accepting end',
    client: 1,
    runs: [[1, Buffer.from('DELETE /x HTTP/1.1\r\n')]],
    verdict: http(1),
  },
  {
    name: 'an HTTP request behind an empty line',
    client: 0,
    runs: [[0, Buffer.from('\r\nGET / HTTP/1.1\r\n')]],
    verdict: http(0),
  },
  {
    name: 'a PROXY header of version 2, then a greeting',
    client: 0,
    runs: [
      [0, hex('0d0a0d0a 000d0a51 5549540a 2000 0000')],
      [1, greeting],
    ],
    verdict: mysql(0),
  },
  {
    name: 'the HTTP/2 preface is not HTTP/1',
    client: 0,
    runs: [[0, Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')]],
    verdict: none,
  },
  { name: 'TLS', client: 0, runs: [[0, hex('160301 0200 010001fc')]], verdict: { kind: 'tls' } },
  { name: 'SSH', client: 0, runs: [[1, Buffer.from('SSH-2.0-OpenSSH_9.2\r\n')]], verdict: none },
  { name: 'Redis', client: 0, runs: [[0, Buffer.from('*1\r\n$4\r\nPING\r\n')]], verdict: none },
  {
    name: 'a PROXY header, then a greeting',
    client: 0,
    runs: [
      [0, Buffer.from('PROXY TCP4 1.2.3.4 5.6.7.8 1 3306\r\n')],
      [1, greeting],
    ],
    verdict: mysql(0),
  },
  { name: 'half a greeting', client: 0, runs: [[1, greeting.subarray(0, 5)]], verdict: undefined },
  {
    name: 'mid-life: an answer behind eight runs, the last of them its command',
    midLife: true,
    runs: [
      ...Array.from({ length: 7 }, (_, i): [Way, Buffer] => [i % 2 === 0 ? 1 : 0, hex('ffff')]),
      [0, select],
      [1, ok],
    ],
    verdict: mysql(0),
  },
  {
    name: 'mid-life: a command behind eight runs without a sign comes too late',
    midLife: true,
    runs: [
      ...Array.from({ length: 8 }, (_, i): [Way, Buffer] => [i % 2 === 0 ? 0 : 1, hex('ffff')]),
      [0, select],
      [1, ok],
    ],
    verdict: none,
  },
  {
    name: 'mid-life: a command and its OK',
    midLife: true,
    runs: [
      [0, select],
      [1, ok],
    ],
    verdict: mysql(0),
  },
  {
    name: 'mid-life: a command and its result, roles turned',
    midLife: true,
    runs: [
      [1, select],
      [0, columns],
    ],
    verdict: mysql(1),
  },
  {
    name: 'mid-life: the rest of an answer, then a command and its answer',
    midLife: true,
    runs: [
      [1, Buffer.from('xxxxxxxx')],
      [0, select],
      [1, ok],
    ],
    verdict: mysql(0),
  },
  {
    name: 'mid-life as it seemed, and then the greeting comes',
    midLife: true,
    runs: [[1, greeting]],
    verdict: { kind: 'spoken', protocol: 'mysql', client: 0, fromStart: true },
  },
  { name: 'mid-life: a command alone proves nothing', midLife: true, runs: [[0, select]], verdict: undefined },
  {
    name: 'mid-life: what follows a command is no answer',
    midLife: true,
    runs: [
      [0, select],
      [1, Buffer.from('hello world')],
    ],
    verdict: undefined,
  },
  {
    name: 'mid-life: an HTTP response',
    midLife: true,
    runs: [[0, Buffer.from('HTTP/1.1 200 OK\r\n')]],
    verdict: http(1),
  },
  {
    name: 'mid-life: nothing that is known, for long',
    midLife: true,
    runs: Array.from({ length: 10 }, (_, i): [Way, Buffer] => [i % 2 === 0 ? 0 : 1, Buffer.from('something else')]),
    verdict: none,
  },
]

function judged({ client, midLife = false, runs }: Case, step: number): Verdict | undefined {
  const detector = new Detector(client, midLife)
  for (const [way, bytes] of runs) {
    for (let at = 0; at < bytes.length; at += step) {
      const verdict = detector.push(way, bytes.subarray(at, at + step))
      if (verdict !== undefined) return verdict
    }
  }
  return undefined
}

for (const each of cases) {
  void t.test(each.name, (t) => {
    for (const step of [1000, 1, 2, 3, 5, 7]) t.strictSame(judged(each, step), each.verdict, `in pieces of ${step}`)
    t.end()
  })
}
