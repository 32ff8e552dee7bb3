/** Damaged captures: what is whole is replayed, what is wrong is said with its place, and nothing crashes or hangs. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import t from 'tap'
import { QuerytapError } from '../../src/querytap-error.ts'
import { type CapturedPacket, pcap, pcapng } from './capture-writer.ts'
import * as wrap from './encapsulation.ts'
import { replayed } from './replayed.ts'

const packets: CapturedPacket[] = wrap
  .ipPackets()
  .map((packet, i) => ({ frame: wrap.vxlan(packet), at: 1_777_636_800_000_000_000n + BigInt(i) * 1000n }))
const plain = pcap(packets)
const blocks = pcapng(packets, [{ linkType: 1 }])
const changed = (bytes: Buffer, at: number, value: number): Buffer => {
  const copy = Buffer.from(bytes)
  copy.writeUInt32LE(value, at)
  return copy
}
const second = 24 + 16 + (packets[0]?.frame.length ?? 0)
const noTcp = wrap.ipPackets().map((packet) => {
  packet[9] = 17
  return { frame: wrap.ethernet(packet), at: 0n }
})

const cases: { name: string; bytes: Buffer; says: RegExp; segments: number }[] = [
  { name: 'nothing', bytes: Buffer.alloc(0), says: /capture: it is empty/, segments: 0 },
  { name: 'a text', bytes: Buffer.from('Dear diary\n'), says: /capture: it is no capture file/, segments: 0 },
  { name: 'a cut header', bytes: plain.subarray(0, 20), says: /ends at byte 20 inside its header/, segments: 0 },
  {
    name: 'a cut packet',
    bytes: plain.subarray(0, -1),
    says: /inside a packet: what came after is missing/,
    segments: 8,
  },
  {
    name: 'a cut block',
    bytes: blocks.subarray(0, -5),
    says: /inside a block: what came after is missing/,
    segments: 8,
  },
  { name: 'cut gzip data', bytes: gzipSync(plain).subarray(0, -12), says: /its gzip data is cut/, segments: 8 },
  {
    name: 'an absurd packet',
    bytes: changed(plain, second + 8, 1 << 30),
    says: new RegExp(`1073741824 bytes at byte ${second}`),
    segments: 1,
  },
  {
    name: 'an unknown link type',
    bytes: pcap(packets, { linkType: 105 }),
    says: /link type 105 at byte 20 is not known/,
    segments: 0,
  },
  {
    name: 'an unknown interface',
    bytes: pcapng(packets, [{ linkType: 105 }]),
    says: /link type 105 of interface 0, first met at byte \d+, is not known/,
    segments: 0,
  },
  { name: 'no TCP', bytes: pcap(noTcp), says: /none of the 9 packets is TCP/, segments: 0 },
]

for (const { name, bytes, says, segments } of cases) {
  void t.test(`a file with ${name}`, async (t) => {
    const path = join(t.testdir({}), 'capture')
    writeFileSync(path, bytes)
    const { error, problems, replay } = await replayed(path)
    t.equal(error, null)
    t.match(problems[0], says)
    t.ok(replay.packets.segments >= segments, `${replay.packets.segments} segments`)
  })
}

void t.test('of several files the whole ones are replayed', async (t) => {
  const directory = t.testdir({ bad: 'Dear diary\n' })
  writeFileSync(join(directory, 'good'), plain)
  const { problems, replay } = await replayed([join(directory, 'bad'), join(directory, 'good')])
  t.equal(problems.length, 1)
  t.equal(replay.packets.segments, packets.length)
})

void t.test('files with any bytes changed never crash nor hang it', async (t) => {
  const path = join(t.testdir({}), 'capture')
  const file = fc.constantFrom(plain, blocks, gzipSync(plain), pcapng(packets, [{ linkType: 1 }], { order: 'big' }))
  const changes = fc.array(fc.tuple(fc.nat(), fc.oneof(fc.constantFrom(0, 0xff, 0x80), fc.nat(255))), {
    minLength: 1,
    maxLength: 6,
  })
  await fc.assert(
    fc.asyncProperty(file, changes, fc.nat(), async (bytes, all, cut) => {
      const copy = Buffer.from(bytes)
      for (const [at, value] of all) copy[at % copy.length] = value
      writeFileSync(path, cut % 4 === 0 ? copy.subarray(0, cut % copy.length) : copy)
      const { error } = await replayed(path)
      if (error !== null && !(error instanceof QuerytapError)) throw error
    }),
    { numRuns: 200 },
  )
})
