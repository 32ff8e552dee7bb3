/** Capture files of every form, packed or not, show the same packets at the same times; many are one timeline. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { block, type CapturedPacket, pcap, pcapng } from './capture-writer.ts'
import * as wrap from './encapsulation.ts'
import { segmentsOf } from './timeline-of.ts'

const epochNs = 1_777_636_800_123_456_000n
const packets: CapturedPacket[] = wrap
  .ipPackets()
  .map((packet, i) => ({ frame: wrap.ethernet(packet), at: epochNs + BigInt(i) * 1_234_000n }))
const count = packets.length
const ethernet = { linkType: 1 }
const said = wrap.conversation.said.join('')

const forms: Record<string, Buffer> = {
  'pcap of microseconds': pcap(packets),
  'pcap of microseconds, big endian': pcap(packets, { order: 'big' }),
  'pcap of nanoseconds': pcap(packets, { unitNs: 1 }),
  'pcap of nanoseconds, big endian': pcap(packets, { unitNs: 1, order: 'big' }),
  pcapng: pcapng(packets, [ethernet]),
  'pcapng, big endian': pcapng(packets, [ethernet], { order: 'big' }),
  'pcapng of nanoseconds': pcapng(packets, [{ linkType: 1, resolution: 9 }]),
  'pcapng of picoseconds with an offset': pcapng(packets, [
    { linkType: 1, resolution: 12, offsetSeconds: 1_777_000_000n },
  ]),
  'pcapng of milliseconds after an offset': pcapng(packets, [{ linkType: 1, resolution: 6, offsetSeconds: -3600n }]),
  'pcapng with obsolete packet blocks': pcapng(packets, [ethernet], { as: 'old' }),
  'pcapng of two sections, of either order': Buffer.concat([
    pcapng(packets.slice(0, 4), [ethernet], { order: 'big' }),
    pcapng(packets.slice(4), [{ linkType: 101 }, { linkType: 1, resolution: 9 }].reverse()),
  ]),
  gzip: gzipSync(pcap(packets)),
  'gzip of two members': Buffer.concat([
    gzipSync(pcap(packets).subarray(0, 333)),
    gzipSync(pcap(packets).subarray(333)),
  ]),
  zstd: execFileSync('zstd', ['-q', '-c'], { input: pcapng(packets, [ethernet]) }),
  'zstd of two frames': Buffer.concat(
    [pcap(packets).subarray(0, 333), pcap(packets).subarray(333)].map((input) =>
      execFileSync('zstd', ['-q', '-c'], { input }),
    ),
  ),
}

for (const [name, bytes] of Object.entries(forms)) {
  void t.test(name, async (t) => {
    const path = join(t.testdir({}), 'capture')
    writeFileSync(path, bytes)
    const seen = await segmentsOf(path)
    t.equal(seen.epochNs, epochNs)
    t.strictSame(
      seen.kept.map(({ at }) => at),
      packets.map((_, i) => i * 1_234_000),
    )
    t.equal(seen.kept.map(({ payload }) => payload).join(''), said)
  })
}

void t.test('a resolution of a power of two is as exact as it can be', async (t) => {
  const path = join(t.testdir({}), 'capture')
  writeFileSync(path, pcapng(packets, [{ linkType: 1, resolution: 0x80 | 20 }]))
  const seen = await segmentsOf(path)
  for (const [i, { at }] of seen.kept.entries()) t.ok(Math.abs(at - i * 1_234_000) <= 1000)
})

void t.test('packets without a time are shown, and counted', async (t) => {
  const path = join(t.testdir({}), 'capture')
  writeFileSync(path, pcapng(packets, [ethernet], { as: 'simple' }))
  const seen = await segmentsOf(path)
  t.equal(seen.kept.map(({ payload }) => payload).join(''), said)
  t.equal(seen.dissector.withoutTime, count)
})

void t.test('a packet that the capture cut says how long it was', async (t) => {
  const cut = packets.map(({ frame, at }) => ({ frame: frame.subarray(0, 57), at, wireLength: frame.length }))
  const path = join(t.testdir({}), 'capture')
  writeFileSync(path, pcap(cut))
  const { kept } = await segmentsOf(path)
  t.strictSame(
    kept.slice(3, 6).map(({ payload, payloadLength }) => [payload, payloadLength]),
    [
      ['hel', 6],
      ['wor', 5],
      ['ans', 6],
    ],
  )
  writeFileSync(
    path,
    pcap(packets.map(({ frame, at }) => ({ frame: frame.subarray(0, 40), at, wireLength: frame.length }))),
  )
  const { kept: none, dissector } = await segmentsOf(path)
  t.equal(none.length, 0)
  t.equal(dissector.endings.cut, count)
})

void t.test('blocks of any length that nobody knows are passed over', async (t) => {
  const whole = pcapng(packets, [ethernet])
  const huge = block('little', 0x0bad, Buffer.alloc(3 << 20, 1))
  const path = join(t.testdir({}), 'capture')
  writeFileSync(path, Buffer.concat([whole, huge, whole]))
  const { kept } = await segmentsOf(path)
  t.equal(kept.length, 2 * count)
})

void t.test('several files are one timeline, in the order of their packets, whatever their names', async (t) => {
  const directory = t.testdir({})
  mkdirSync(join(directory, 'captures'))
  const write = (name: string, bytes: Buffer) => writeFileSync(join(directory, name), bytes)
  write('c', pcap(packets.filter((_, i) => i % 3 === 0)))
  write(
    'b',
    pcapng(
      packets.filter((_, i) => i % 3 === 1),
      [ethernet],
    ),
  )
  write('a', gzipSync(pcap(packets.filter((_, i) => i % 3 === 2))))
  const { kept } = await segmentsOf(join(directory, 'a'), join(directory, 'b'), join(directory, 'c'))
  t.strictSame(
    kept.map(({ at }) => at),
    packets.map((_, i) => i * 1_234_000),
  )
  t.equal(kept.map(({ payload }) => payload).join(''), said)
  t.equal(new Set(kept.map(({ path }) => path)).size, 3)
})
