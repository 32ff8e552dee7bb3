/** Every wrapping of TCP that is known shows the same segments, to querytap as to tshark. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { pcapng } from './capture-writer.ts'
import * as wrap from './encapsulation.ts'
import { segmentsOf } from './timeline-of.ts'

const linkType = {
  null: 0,
  ethernet: 1,
  ppp: 9,
  pppHdlc: 50,
  raw: 101,
  loop: 108,
  sll: 113,
  ipv4: 228,
  ipv6: 229,
  sll2: 276,
}
const each = (of: (packet: Buffer) => Buffer) => (packets: Buffer[]) => packets.map((packet) => of(packet))
const six = (packet: Buffer): Buffer => wrap.asIpv6(packet)

const wrappings: { name: string; link: number; frames: (packets: Buffer[]) => Buffer[]; inet6?: boolean }[] = [
  { name: 'Ethernet', link: linkType.ethernet, frames: each(wrap.ethernet) },
  { name: 'Ethernet with padding', link: linkType.ethernet, frames: each(wrap.padded) },
  { name: 'Ethernet with SNAP', link: linkType.ethernet, frames: each(wrap.snap) },
  { name: 'Ethernet without lengths', link: linkType.ethernet, frames: each(wrap.withoutLength) },
  { name: 'VLAN', link: linkType.ethernet, frames: each(wrap.vlan) },
  { name: 'QinQ', link: linkType.ethernet, frames: each(wrap.qinq) },
  { name: 'MPLS', link: linkType.ethernet, frames: each(wrap.mpls) },
  { name: 'PPPoE', link: linkType.ethernet, frames: each(wrap.pppoe) },
  { name: 'PPP', link: linkType.ppp, frames: each(wrap.ppp) },
  { name: 'PPP in HDLC', link: linkType.pppHdlc, frames: each(wrap.pppHdlc) },
  { name: 'cooked v1', link: linkType.sll, frames: each(wrap.cooked) },
  { name: 'cooked v2', link: linkType.sll2, frames: each(wrap.cooked2) },
  { name: 'null', link: linkType.null, frames: each(wrap.nullLittle) },
  { name: 'loop', link: linkType.loop, frames: each(wrap.loop) },
  { name: 'raw', link: linkType.raw, frames: each((packet) => packet) },
  { name: 'raw IPv6', link: linkType.raw, frames: each(six), inet6: true },
  { name: 'raw IPv4 only', link: linkType.ipv4, frames: each((packet) => packet) },
  { name: 'raw IPv6 only', link: linkType.ipv6, frames: each(six), inet6: true },
  {
    name: 'IPv4 with options',
    link: linkType.ethernet,
    frames: each((packet) => wrap.ethernet(wrap.withOptions(packet))),
  },
  {
    name: 'IPv6 with extension headers',
    link: linkType.ethernet,
    frames: each((packet) => wrap.ethernet(wrap.asIpv6(packet, 0, wrap.extensions))),
    inet6: true,
  },
  {
    name: 'IPv4 in fragments',
    link: linkType.ethernet,
    frames: (packets) => packets.flatMap(wrap.fragments).map((packet) => wrap.ethernet(packet)),
  },
  {
    name: 'IPv6 in fragments',
    link: linkType.ethernet,
    frames: (packets) =>
      packets.flatMap((packet, i) => wrap.fragments6(packet, i)).map((packet) => wrap.ethernet(packet)),
    inet6: true,
  },
  { name: 'VXLAN', link: linkType.ethernet, frames: each(wrap.vxlan) },
  { name: 'GENEVE', link: linkType.ethernet, frames: each(wrap.geneve) },
  { name: 'GRE', link: linkType.ethernet, frames: each(wrap.gre) },
  { name: 'Ethernet in GRE', link: linkType.ethernet, frames: each(wrap.greBridge) },
  { name: 'IP in IP', link: linkType.ethernet, frames: each(wrap.ipip) },
  { name: 'IPv6 in IPv4', link: linkType.ethernet, frames: each(wrap.sixInFour), inet6: true },
  { name: 'IPv6 in IPv6', link: linkType.ethernet, frames: each(wrap.ip6ip6), inet6: true },
  {
    name: 'VXLAN in a VLAN',
    link: linkType.ethernet,
    frames: (packets) => packets.map((packet) => wrap.vlan(wrap.vxlan(packet).subarray(14))),
  },
]

/** TCP's numbers and payload of each packet, as tshark's innermost layer shows them. */
function tsharkOf(file: string): string[] {
  const fields = ['tcp.srcport', 'tcp.seq_raw', 'tcp.len', 'tcp.payload'].flatMap((field) => ['-e', field])
  const { stdout } = spawnSync('tshark', ['-r', file, '-Y', 'tcp', '-T', 'fields', ...fields], { encoding: 'utf8' })
  return stdout.split('\n').slice(0, -1)
}

void t.test('each wrapping shows the same segments, and tshark sees the same', async (t) => {
  const packets = wrap.ipPackets()
  const directory = t.testdir({})
  // all in one file, an interface each: tshark takes longer to start than to read
  const interfaces = wrappings.map(({ link }) => ({ linkType: link }))
  const captured = wrappings.flatMap(({ frames }, i) =>
    frames(packets).map((frame) => ({ frame, at: 5_000_000_000n + BigInt(i) * 1000n, interface: i })),
  )
  const all = join(directory, 'all.pcapng')
  writeFileSync(all, pcapng(captured, interfaces))
  const seen = await segmentsOf(all)
  const plain = seen.kept.slice(0, packets.length)
  t.equal(seen.kept.length, wrappings.length * packets.length)
  t.strictSame(
    plain.map(({ flags }) => flags),
    ['syn', 'syn+ack', 'ack', 'psh+ack', 'psh+ack', 'psh+ack', 'fin+ack', 'fin+ack', 'ack'],
  )
  t.equal(plain.map(({ payload }) => payload).join(''), wrap.conversation.said.join(''))
  t.match(plain[0], { source: wrap.conversation.client, destination: wrap.conversation.server })
  const sixth = (end: string): string => end.replace(/^10\.1\.0\.(\d):/, '2001:db8::a01:$1:')
  for (const [i, { name, inet6 }] of wrappings.entries()) {
    const own = seen.kept.filter(({ at }) => at === i * 1000)
    t.equal(new Set(own.map(({ path }) => path)).size, 1, `${name}: one path`)
    const end = (text: string): string => (inet6 === true ? sixth(text) : text)
    t.strictSame(
      own.map((segment) => ({ ...segment, path: 0, at: 0 })),
      plain.map((segment) => ({
        ...segment,
        source: end(segment.source),
        destination: end(segment.destination),
        path: 0,
        at: 0,
      })),
      name,
    )
  }
  t.equal(new Set(seen.kept.map(({ path }) => path)).size, wrappings.length, 'each is a path of its own')
  t.strictSame(seen.dissector.endings.broken + seen.dissector.endings.cut, 0)
  const ours = seen.kept.map(({ source, sequence, payload }) =>
    [source.split(':').pop(), sequence, payload.length, Buffer.from(payload, 'latin1').toString('hex')].join('\t'),
  )
  t.strictSame(tsharkOf(all).toSorted(), ours.toSorted())
})
