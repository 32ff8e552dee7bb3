/**
 * Runs querytap under the unit's own filter of system calls, as systemd would: loaded before the program (`node --import`),
 * it allows what deploy/querytap.service names and refuses the rest with EPERM.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { libbpf } from '../../src/bpf/libbpf.ts'

const unit = readFileSync(fileURLToPath(new URL('../../../deploy/querytap.service', import.meta.url)), 'utf8')
const named = /^SystemCallFilter=(.*)$/m.exec(unit)?.[1]?.split(' ') ?? []

/** Names of calls; a name with @ is a set, which may hold others. */
function callsOf(names: string[]): string[] {
  return names.flatMap((name) => {
    if (!name.startsWith('@')) return [name]
    const { stdout } = spawnSync('systemd-analyze', ['syscall-filter', name], { encoding: 'utf8' })
    const members = stdout
      .split('\n')
      .slice(1)
      .map((line) => line.trim())
    return callsOf(members.filter((line) => line !== '' && !line.startsWith('#')))
  })
}

const header = readFileSync('/usr/include/x86_64-linux-gnu/asm/unistd_64.h', 'latin1')
const numbers = new Map(
  [...header.matchAll(/^#define __NR_(\w+) (\d+)$/gm)].map(([, name, number]) => [name, Number(number)]),
)
const allowed = [...new Set(callsOf(named).map((name) => numbers.get(name)))].filter((number) => number !== undefined)
if (allowed.length < 150) throw new Error(`the unit's filter names ${allowed.length} calls`)

// struct sock_filter: load the number, a comparison and a return for each, EPERM
const instructions = [
  [0x20, 0, 0, 0],
  ...allowed.flatMap((number) => [
    [0x15, 0, 1, number],
    [0x06, 0, 0, 0x7fff0000],
  ]),
  [0x06, 0, 0, 0x00050001],
]
const view = new DataView(new ArrayBuffer(8 * instructions.length))
for (const [index, [code = 0, yes = 0, no = 0, value = 0]] of instructions.entries()) {
  view.setUint16(8 * index, code, true)
  view.setUint8(8 * index + 2, yes)
  view.setUint8(8 * index + 3, no)
  view.setUint32(8 * index + 4, value, true)
}
const result = libbpf().filterCalls(new Uint8Array(view.buffer))
if (result !== 0) throw new Error(`filter calls: ${result}`)
process.stderr.write(`${allowed.length} system calls are allowed\n`)
