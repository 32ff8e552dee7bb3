/** What networks and captures do to segments, one at a time, and what must come out of it. */
import t from 'tap'
import { Endpoints } from '../../src/packets/endpoints.ts'
import { type Segment, tcpFlag } from '../../src/packets/segment.ts'
import type { TcpCounts, TcpLimits } from '../../src/tcp/limits.ts'
import { Conversation, reassembled } from './conversation.ts'

const { ack, fin, rst, syn } = tcpFlag
const second = 1e9

interface Case {
  name: string
  segments: (talk: Conversation, endpoints: Endpoints) => Segment[]
  /** What is told of each connection, in order: `>` by the near end, `<` by the far one, `[n]` for a hole of n bytes. */
  told: string[]
  limits?: Partial<TcpLimits>
  counts?: Partial<TcpCounts>
  /** How the first connection was opened. */
  opened?: { role: 'connected' | null; midLife: boolean }
  /** Payload bytes of those connections that closed. */
  closed?: [number, number][]
}

const cases: Case[] = [
  {
    name: 'a connection from SYN to FIN',
    segments: (talk) => [...talk.handshake(), talk.client('ask'), talk.server('answer'), ...talk.farewell()],
    told: ['>ask <answer'],
    opened: { role: 'connected', midLife: false },
    closed: [[3, 6]],
    counts: { retransmitted: 0, duplicates: 0, outOfOrder: 0, lost: 0, strayed: 0, gaveUp: 0 },
  },
  {
    name: 'segments in disorder',
    segments: (talk) => {
      const [hello, a, b, c] = [talk.handshake(), talk.client('abc'), talk.client('def'), talk.client('ghi')]
      return [...hello, c, b, a, talk.server('answer')]
    },
    told: ['>abc >def >ghi <answer'],
    counts: { outOfOrder: 2, lost: 0 },
  },
  {
    name: 'the answer to SYN before the SYN',
    segments: (talk) => {
      const [a, b, c] = talk.handshake()
      return [b, a, c, talk.server('hello'), talk.client('hi')].filter((each) => each !== undefined)
    },
    told: ['<hello >hi'],
    opened: { role: 'connected', midLife: false },
  },
  {
    name: 'an answer in the file before what it answers',
    segments: (talk) => {
      const [hello, ask, answer] = [talk.handshake(), talk.client('ask'), talk.server('answer')]
      return [...hello, answer, ask, talk.client('next')]
    },
    told: ['>ask <answer >next'],
    counts: { lost: 0 },
  },
  {
    name: 'a whole retransmission',
    segments: (talk) => [
      ...talk.handshake(),
      talk.client('abcdef'),
      talk.client('abcdef', { sequence: 101 }),
      talk.server('answer'),
    ],
    told: ['>abcdef <answer'],
    counts: { retransmitted: 1, duplicates: 0 },
  },
  {
    name: 'retransmissions that overlap: the first bytes win',
    segments: (talk) => [
      ...talk.handshake(),
      talk.client('abc'),
      talk.client('XYZdef', { sequence: 101 }),
      talk.client('WWWWghi', { sequence: 103 }),
      talk.client('jkl', { sequence: 110 }),
    ],
    told: ['>abc >def >ghi >jkl'],
  },
  {
    name: 'overlapping segments that wait: the first bytes win there too',
    segments: (talk) => [
      ...talk.handshake(),
      talk.client('EF', { sequence: 105 }),
      talk.client('IJ', { sequence: 109 }),
      talk.client('bcdxxGHxxklm', { sequence: 102 }),
      talk.client('axx', { sequence: 101 }),
    ],
    told: ['>a >bcd >EF >GH >IJ >klm'],
  },
  {
    name: 'a lost segment is a hole of its size once it was acknowledged',
    segments: (talk) => {
      const hello = talk.handshake()
      const [a, lost, c] = [talk.client('abc'), talk.client('12345'), talk.client('xyz')]
      return [...hello, a, c, talk.server('answer'), talk.client('next', { at: second })].filter(
        (each) => each !== lost,
      )
    },
    told: ['>abc >[5] >xyz <answer >next'],
    counts: { lost: 1, lostBytes: 5, outOfOrder: 1 },
  },
  {
    name: 'a lost request is a hole before its answer',
    segments: (talk) => {
      const hello = talk.handshake()
      talk.client('12345')
      return [...hello, talk.server('answer'), talk.client('next', { at: second }), talk.server('again')]
    },
    told: ['>[5] <answer >next <again'],
    counts: { lost: 1, lostBytes: 5 },
  },
  {
    name: 'a lost answer is a hole before the next request',
    segments: (talk) => {
      const [hello, ask] = [talk.handshake(), talk.client('ask')]
      talk.server('12345')
      return [...hello, ask, talk.client('next'), talk.server('answer', { at: second })]
    },
    told: ['>ask <[5] >next <answer'],
  },
  {
    name: 'what is lost at the end is known by its acknowledgement',
    segments: (talk) => {
      const [hello, ask] = [talk.handshake(), talk.client('ask')]
      talk.server('12345')
      return [...hello, ask, talk.client('')]
    },
    told: ['>ask <[5]'],
  },
  {
    name: 'a lost FIN is no lost byte',
    segments: (talk) => {
      const [hello, ask] = [talk.handshake(), talk.client('ask')]
      talk.server('', { flags: fin | ack })
      return [...hello, ask, talk.client('more'), talk.client('', { flags: fin | ack }), talk.server('')]
    },
    told: ['>ask >more'],
    counts: { lost: 0 },
  },
  {
    name: 'nothing is given up while a retransmission may come',
    segments: (talk) => {
      const [hello, a, b] = [talk.handshake(), talk.client('abc'), talk.client('def')]
      const again = { ...a, at: 9 * second }
      return [...hello, b, talk.server('', { acknowledgement: 101, at: second / 10 }), again, talk.server('answer')]
    },
    told: ['>abc >def <answer'],
    counts: { lost: 0 },
  },
  {
    name: 'a retransmission that never comes is given up',
    segments: (talk) => {
      const [hello, , b] = [talk.handshake(), talk.client('abc'), talk.client('def')]
      const waiting = talk.server('', { acknowledgement: 101, at: 5 * second })
      return [...hello, b, waiting, talk.client('ghi', { at: 11 * second }), talk.client('jkl', { at: 12 * second })]
    },
    told: ['>[3] >def >ghi >jkl'],
  },
  {
    name: 'what waits does not grow beyond its bound',
    segments: (talk) => {
      const hello = talk.handshake()
      talk.client('lost')
      return [...hello, ...Array.from({ length: 30 }, () => talk.client('0123456789'))]
    },
    told: [`>[4] >0123456789${' >0123456789'.repeat(29)}`],
    limits: { heldBytesOfConnection: 100 },
    counts: { gaveUp: 1, lost: 1, lostBytes: 4, outOfOrder: 11 },
  },
  {
    name: 'all connections together hold no more than their bound',
    segments: (talk, endpoints) => {
      const other = new Conversation(endpoints, 40_001)
      const hellos = [...talk.handshake(), ...other.handshake()]
      talk.client('lost')
      other.client('more')
      const both = Array.from({ length: 10 }, () => [talk.client('0123456789'), other.client('abcdefghij')]).flat()
      return [...hellos, ...both]
    },
    told: [`>[4] >0123456789${' >0123456789'.repeat(9)}`, `>[4] >abcdefghij${' >abcdefghij'.repeat(9)}`],
    limits: { heldBytes: 100 },
    counts: { lost: 2 },
  },
  {
    name: 'a stream without its beginning',
    segments: (talk) => [talk.client('ask'), talk.server('answer'), talk.client('next')],
    told: ['>ask <answer >next'],
    opened: { role: null, midLife: true },
  },
  {
    name: 'joined at an answer: what it acknowledges was before',
    segments: (talk) => {
      talk.client('ask')
      return [talk.server('answer'), talk.client('next')]
    },
    told: ['>answer <next'],
    counts: { lost: 0 },
  },
  {
    name: 'sequence numbers go round',
    segments: (_, endpoints) => {
      const talk = new Conversation(endpoints, 40_000, { client: 2 ** 32 - 4, server: 2 ** 32 - 1 })
      const [hello, ...rest] = [talk.handshake(), talk.client('abcdef'), talk.client('ghi'), talk.server('answer')]
      return [...hello, ...rest.toReversed(), talk.client('next'), ...talk.farewell()]
    },
    told: ['>abcdef >ghi <answer >next'],
    closed: [[13, 6]],
  },
  {
    name: 'both ends open at once: neither is the client',
    segments: (talk) => {
      const first = talk.client('', { flags: syn })
      const [one, other] = [talk.next.client, talk.next.server]
      return [
        first,
        talk.server('', { flags: syn }),
        talk.client('', { flags: syn | ack, sequence: one - 1 }),
        talk.server('', { flags: syn | ack, sequence: other }),
        talk.server('hello'),
        talk.client('hi'),
      ]
    },
    told: ['<hello >hi'],
    opened: { role: null, midLife: false },
  },
  {
    name: 'a SYN that is sent again',
    segments: (talk) => {
      const [a, b, c] = talk.handshake()
      return [a, a, b, b, c, talk.server('hello'), talk.client('hi')].filter((each) => each !== undefined)
    },
    told: ['<hello >hi'],
    opened: { role: 'connected', midLife: false },
  },
  {
    name: 'data on the SYN',
    segments: (talk) => {
      const opens = talk.client('ask', { flags: syn, sequence: 100 })
      talk.next.client = 104
      return [opens, talk.server('', { flags: syn | ack }), talk.server('answer'), talk.client('next')]
    },
    told: ['>ask <answer >next'],
    opened: { role: 'connected', midLife: false },
  },
  {
    name: 'a reset after data',
    segments: (talk) => [
      ...talk.handshake(),
      talk.client('ask'),
      talk.server('ans'),
      talk.server('', { flags: rst | ack }),
      talk.client('late'),
    ],
    told: ['>ask <ans'],
    closed: [[3, 3]],
  },
  {
    name: 'a reset outside the window is none',
    segments: (talk) => [
      ...talk.handshake(),
      talk.client('ask'),
      talk.server('', { flags: rst, sequence: 900_000_000 }),
      talk.server('answer'),
    ],
    told: ['>ask <answer'],
    counts: { strayed: 1 },
    closed: [],
  },
  {
    name: 'a reset by somebody else: the end in whose name it was sent goes on',
    segments: (talk) => [
      ...talk.handshake(),
      talk.client('ask'),
      talk.server('', { flags: rst }),
      talk.server('answer'),
      talk.client('next'),
    ],
    told: ['>ask', '>answer <next'],
  },
  {
    name: 'keep-alives and window probes move nothing',
    segments: (talk) => [
      ...talk.handshake(),
      talk.client('ask'),
      talk.client('', { sequence: 103 }),
      talk.client('\0', { sequence: 103 }),
      talk.server(''),
      talk.server('a', { sequence: 501 }),
      talk.server('answer'),
      talk.client('next'),
    ],
    told: ['>ask <a <nswer >next'],
    counts: { lost: 0, strayed: 0, retransmitted: 0 },
  },
  {
    name: 'a keep-alive with a byte is no beginning of a stream',
    segments: (talk) => [
      talk.client('\0', { sequence: 99 }),
      talk.server(''),
      talk.client('ask'),
      talk.server('answer'),
    ],
    told: ['>ask <answer'],
  },
  {
    name: 'a port used again: the second connection is another one',
    segments: (talk, endpoints) => {
      const later = new Conversation(endpoints, 40_000, { client: 9000, server: 7000 })
      const move = (each: Segment) => ({ ...each, at: each.at + second })
      return [
        ...talk.handshake(),
        talk.client('ask'),
        ...[...later.handshake(), later.client('other'), later.server('answer')].map(move),
      ]
    },
    told: ['>ask', '>other <answer'],
    closed: [[3, 0]],
  },
  {
    name: 'a port used again an hour later, with the same numbers',
    segments: (talk, endpoints) => {
      const later = new Conversation(endpoints)
      const move = (each: Segment) => ({ ...each, at: each.at + 3600 * second })
      const first = [...talk.handshake(), talk.client('ask'), talk.server('answer')]
      return [...first, ...[...later.handshake(), later.client('other'), later.server('said')].map(move)]
    },
    told: ['>ask <answer', '>other <said'],
    opened: { role: 'connected', midLife: false },
    closed: [[3, 6]],
  },
  {
    name: 'a port used again, and the SYNs were not seen',
    segments: (talk, endpoints) => {
      const later = new Conversation(endpoints, 40_000, { client: 900_000_000, server: 700_000_000 })
      return [...talk.handshake(), talk.client('ask'), later.client('other'), later.server('answer')]
    },
    told: ['>ask', '>other <answer'],
  },
  {
    name: 'what comes late for a closed connection begins no other',
    segments: (talk) => {
      const [hello, ask] = [talk.handshake(), talk.client('ask')]
      return [...hello, ask, ...talk.farewell(), { ...ask, at: second }]
    },
    told: ['>ask'],
    closed: [[3, 0]],
  },
  {
    name: 'segments cut by the snapshot length',
    segments: (talk) => [
      ...talk.handshake(),
      talk.client('abcdef', { seen: 2 }),
      talk.server('answer', { seen: 0 }),
      talk.client('next', { seen: 3 }),
    ],
    told: ['>ab[4] <[6] >nex[1]'],
    counts: { lost: 0, cutBytes: 11 },
  },
  {
    name: 'each packet seen on two interfaces',
    segments: (talk) =>
      [...talk.handshake(), talk.client('ask'), talk.server('answer'), ...talk.farewell()].flatMap((each) => [
        each,
        { ...each, at: each.at + 1000, path: 1 },
      ]),
    told: ['>ask <answer'],
    counts: { retransmitted: 0, duplicates: 2 },
    closed: [[3, 6]],
  },
  {
    name: 'one end finishes and the other goes on',
    segments: (talk) => [
      ...talk.handshake(),
      talk.client('ask', { flags: fin | ack }),
      talk.server('ans'),
      talk.server('wer', { flags: fin | ack, at: 5 * second }),
      talk.client(''),
    ],
    told: ['>ask <ans <wer'],
    closed: [[3, 6]],
  },
  {
    name: 'a FIN before the last bytes',
    segments: (talk) => {
      const [hello, a, end] = [talk.handshake(), talk.client('abc'), talk.client('', { flags: fin | ack })]
      return [...hello, end, a, talk.server('x', { flags: fin | ack })]
    },
    told: ['>abc <x'],
    closed: [[3, 1]],
  },
  {
    name: 'only the client is seen: what it acknowledges are holes',
    segments: (talk) => {
      const all = [...talk.handshake(), talk.client('ask')]
      for (const text of ['next', 'last']) {
        talk.server('answer')
        all.push(talk.client(text))
      }
      return all.filter(({ destination }) => destination === all[0]?.destination)
    },
    told: ['>ask <[6] >next <[6] >last'],
  },
  {
    name: 'only the server is seen',
    segments: (talk) => {
      const all = [...talk.handshake(), talk.server('hello')]
      for (const text of ['answer', 'another']) {
        talk.client('ask')
        all.push(talk.server(text))
      }
      return all.filter(({ source }) => source !== all[0]?.source)
    },
    told: ['<hello >[3] <answer >[3] <another'],
    opened: { role: 'connected', midLife: false },
  },
  {
    name: 'of too many connections those that are idle longest are let go',
    segments: (talk, endpoints) => {
      const others = [1, 2, 3, 4].map((i) => new Conversation(endpoints, 40_000 + i))
      const hellos = others.flatMap((each) => [...each.handshake(), each.client('ask')])
      return [...talk.handshake(), talk.client('first'), ...hellos]
    },
    told: ['>first', '>ask', '>ask', '>ask', '>ask'],
    limits: { mostConnections: 4 },
    closed: [[5, 0]],
  },
]

for (const { name, segments, told: expected, limits, counts, opened, closed } of cases) {
  void t.test(name, (t) => {
    const endpoints = new Endpoints()
    const { told, reassembly } = reassembled(segments(new Conversation(endpoints), endpoints), endpoints, limits)
    t.strictSame(
      told.opens.map(({ connection }) => told.conversation(connection)),
      expected,
    )
    if (counts !== undefined) t.match(reassembly.counts, counts)
    if (opened !== undefined) t.match(told.opens[0], opened)
    if (closed !== undefined) {
      t.strictSame(
        told.closes.map(({ sent, received }) => [sent, received]),
        closed,
      )
    }
    t.end()
  })
}
