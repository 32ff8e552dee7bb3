/** The TypeScript mirror of the probes' structs against the type information of the compiled objects. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { z } from 'zod'
import {
  addressOf,
  decodeEvent,
  socketPath,
  eventBytes,
  eventKind,
  eventLayout,
  EventMemory,
} from '../../src/bpf/event.ts'
import { filterBytes, filterLayout } from '../../src/bpf/filter.ts'
import { knobsBytes, knobsLayout } from '../../src/bpf/knobs.ts'
import { pendingBytes, pendingLayout } from '../../src/bpf/pendings.ts'
import { connectionBytes, connectionLayout, unixConnectionBytes } from '../../src/bpf/untold.ts'
import { lossCauses } from '../../src/bpf/losses.ts'
import type { EventSink } from '../../src/bpf/event.ts'

const typesSchema = z.object({
  types: z.array(
    z.object({
      kind: z.string(),
      name: z.string(),
      size: z.number().optional(),
      members: z.array(z.object({ name: z.string(), bits_offset: z.number() })).optional(),
      values: z.array(z.object({ name: z.string(), val: z.number() })).optional(),
    }),
  ),
})

const probes = fileURLToPath(new URL('../../dist/probes', import.meta.url))

function typesOf(object: string) {
  const path = join(probes, object)
  const { stdout, stderr, status } = spawnSync('bpftool', ['btf', 'dump', 'file', path, '-j'], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`bpftool: ${stderr}`)
  return typesSchema.parse(JSON.parse(stdout)).types
}

const objects = readdirSync(probes).filter((file) => file.endsWith('.bpf.o'))
t.equal(objects.length, 5)

for (const object of objects) {
  void t.test(`records and knobs have the layout that ${object} was compiled with`, (t) => {
    const types = typesOf(object)
    const struct = (name: string) => types.find((type) => type.kind === 'STRUCT' && type.name === name)
    const offsets = (name: string) =>
      Object.fromEntries((struct(name)?.members ?? []).map((member) => [member.name, member.bits_offset / 8]))
    for (const name of ['data_event', 'open_event', 'open_unix_event', 'close_event'] as const) {
      t.match(offsets(name), eventLayout[name], name)
      t.equal(struct(name)?.size, eventBytes[name], `size of ${name}`)
    }
    t.match(offsets('knobs'), knobsLayout)
    t.equal(struct('knobs')?.size, knobsBytes)
    t.match(offsets('pending'), pendingLayout)
    t.equal(struct('pending')?.size, pendingBytes)
    t.match(offsets('connection'), connectionLayout)
    t.equal(struct('connection')?.size, connectionBytes)
    t.equal(struct('unix_connection')?.size, unixConnectionBytes)
    t.match(offsets('filter'), filterLayout)
    t.equal(struct('filter')?.size, filterBytes)
    t.end()
  })
}

void t.test('the loss causes are as many as the kernel counts', (t) => {
  const source = readFileSync(new URL('../../probes/event.h', import.meta.url), 'utf8')
  const names = source.slice(source.indexOf('enum loss {')).match(/LOSS_[A-Z_]+(?=,)/g)
  t.equal(names?.at(-1), 'LOSS_COUNT')
  t.equal(lossCauses.length, (names?.length ?? 0) - 1)
  t.end()
})

const nothing: EventSink = { opened() {}, addingUp() {}, moved() {}, closed() {} }

void t.test('a record that is cut short, or of a kind that is not known, is refused', (t) => {
  const memory = new EventMemory(new ArrayBuffer(256))
  t.equal(decodeEvent(memory, 0, 48, 0, nothing), false, 'kind 0')
  memory.bytes[0] = eventKind.data
  t.equal(decodeEvent(memory, 0, 40, 0, nothing), false, 'shorter than its header')
  memory.bytes[4] = 9
  t.equal(decodeEvent(memory, 0, 56, 0, nothing), false, 'payload beyond its end')
  memory.bytes[4] = 8
  t.equal(decodeEvent(memory, 0, 56, 0, nothing), true)
  t.end()
})

void t.test('addresses are written as RFC 5952 says, and mapped IPv4 as IPv4', (t) => {
  const v6 = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))
  t.equal(addressOf(Uint8Array.of(10, 0, 2, 15), false), '10.0.2.15')
  t.equal(addressOf(v6('00000000000000000000 ffff 7f000001'), true), '127.0.0.1')
  t.equal(addressOf(v6('20010db8000000000000000000000001'), true), '2001:db8::1')
  t.equal(addressOf(v6('00000000000000000000000000000001'), true), '::1')
  t.equal(addressOf(v6('00000000000000000000000000000000'), true), '::')
  t.equal(addressOf(v6('20010db8000000010001000100010001'), true), '2001:db8:0:1:1:1:1:1')
  t.equal(addressOf(v6('fe800000000000000000000000000000'), true), 'fe80::')
  t.end()
})

void t.test('a path ends at its zero byte, an abstract name begins with one', (t) => {
  const path = (text: string) => socketPath(Buffer.from(text))
  t.equal(path('/run/mysqld/mysqld.sock\0'), '/run/mysqld/mysqld.sock')
  t.equal(path('/' + 'x'.repeat(107)), '/' + 'x'.repeat(107), 'as long as it can be, without a zero byte')
  t.equal(path('\0mysql'), '@mysql')
  t.equal(path('\0a\0b'), '@a@b')
  t.equal(path(''), null)
  t.end()
})
