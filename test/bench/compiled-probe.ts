/** A probe of a benchmark's own: compiled, loaded and attached while something is measured. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { errnoName, libbpf, type Pointer } from '../../src/bpf/libbpf.ts'
import { QuerytapError } from '../../src/querytap-error.ts'

/** @param directory for the object file. @param name of the one program that is attached. @returns what `use` returns */
export async function withProbe<T>(
  source: string,
  name: string,
  directory: string,
  use: (object: Pointer) => T | Promise<T>,
): Promise<T> {
  const path = join(directory, `${name}.bpf.o`)
  const machine = spawnSync('uname', ['-m'], { encoding: 'utf8' }).stdout.trim()
  const target = ['-target', 'bpf', `-D__TARGET_ARCH_${machine === 'aarch64' ? 'arm64' : 'x86'}`]
  const args = ['-O2', '-g', ...target, `-I/usr/include/${machine}-linux-gnu`, '-c', source, '-o', path]
  const { status, stderr } = spawnSync('clang', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`clang ${source}: ${stderr}`)
  const bpf = libbpf()
  const object = bpf.openFile(path)
  try {
    const programs = bpf.programs(object)
    const chosen = programs.find((program) => program.name === name)
    for (const program of programs) if (program !== chosen) bpf.leaveOut(program.program)
    const result = bpf.load(object)
    if (chosen === undefined || result !== 0) throw new QuerytapError('KERNEL', `load ${name}: ${errnoName(result)}`)
    const link = bpf.attach(chosen.program)
    if (link === 0n) throw new QuerytapError('KERNEL', `attach ${name}: ${errnoName(bpf.errno())}`)
    try {
      return await use(object)
    } finally {
      bpf.destroyLink(link)
    }
  } finally {
    bpf.close(object)
  }
}
