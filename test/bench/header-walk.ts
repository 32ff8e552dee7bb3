/**
 * Whether rows beyond the copy budget could be counted in the kernel: the walk from packet header to packet header through
 * 16 KiB of user memory, or through a copy of it, beside what copying takes, by the size of the rows. The decision is in README.
 */
import { Buffer } from 'node:buffer'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { libbpf, type Pointer } from '../../src/bpf/libbpf.ts'
import { mapFd } from '../../src/bpf/object.ts'
import { withProbe } from './compiled-probe.ts'
import { ratio, type Row } from './table.ts'

const source = fileURLToPath(new URL('../../../test/bench/header-walk.bpf.c', import.meta.url))
const bytes = 16_384
const calls = 20_000
/** Of a row's payload. */
const rowSizes = [28, 60, 250, 1020, 4092]

/** struct sums of header-walk.bpf.c. */
const fields = ['calls', 'packets', 'walkNs', 'copyNs', 'copyWalkNs', 'clockNs'] as const
type Sums = Record<(typeof fields)[number], number>

function rows(size: number): Buffer {
  const buffer = Buffer.alloc(bytes, 'x')
  for (let at = 0; at + 4 <= bytes; at += 4 + size) buffer.writeUInt32LE(size, at)
  return buffer
}

function read(object: Pointer): Sums {
  const values = new BigUint64Array(fields.length)
  libbpf().lookup(mapFd(object, 'sums'), new Uint8Array(4), new Uint8Array(values.buffer))
  const sums = [...values].map(Number)
  return Object.fromEntries(fields.map((field, i) => [field, sums[i] ?? 0])) as Sums
}

export async function headerWalk(): Promise<Row[]> {
  const directory = mkdtempSync(join(tmpdir(), 'querytap-bench-'))
  const sink = openSync('/dev/null', 'w')
  try {
    return await withProbe(source, 'on_write', directory, (object) =>
      rowSizes.flatMap((size): Row[] => {
        const buffer = rows(size)
        const before = read(object)
        for (let i = 0; i < calls; i++) writeSync(sink, buffer)
        const after = read(object)
        const of = (field: keyof Sums) => (after[field] - before[field]) / (after.calls - before.calls)
        const clock = of('clockNs')
        const [walk, copy, copyWalk] = [of('walkNs') - clock, of('copyNs') - clock, of('copyWalkNs') - clock]
        const figures = [walk, copy, copyWalk].map((ns) => `${ns.toFixed(0)} ns`)
        return [
          [
            `rows of ${size} bytes: walk over ${of('packets').toFixed(0)} headers in user memory; copy of ${bytes} bytes; walk in the copy`,
            `${figures.join('; ')}; ${ratio(walk, copy + copyWalk)}`,
          ],
        ]
      }),
    )
  } finally {
    closeSync(sink)
    rmSync(directory, { recursive: true, force: true })
  }
}
