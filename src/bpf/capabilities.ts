/** What this process is allowed: attaching needs two capabilities, not all of root's. */
import { readFileSync } from 'node:fs'

/** Bits of include/uapi/linux/capability.h. CAP_SYS_ADMIN stands for both others, and did so before 5.8. */
const bits = { CAP_SYS_ADMIN: 21n, CAP_PERFMON: 38n, CAP_BPF: 39n } as const

/** Of those that attaching needs, the ones that this process lacks. */
export function missingCapabilities(): string[] {
  const [, text = '0'] = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'latin1')) ?? []
  const effective = BigInt(`0x${text}`)
  const has = (bit: bigint) => ((effective >> bit) & 1n) === 1n
  if (has(bits.CAP_SYS_ADMIN)) return []
  return (['CAP_BPF', 'CAP_PERFMON'] as const).filter((name) => !has(bits[name]))
}
