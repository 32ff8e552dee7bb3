/**
 * Pages of the programs that this process runs, Node and its libraries. Most of what it has in memory of them when a capture
 * begins only the start needed; what is needed again comes back from the page cache, page by page.
 */
import { readFileSync } from 'node:fs'
import { libbpf } from '../bpf/libbpf.ts'

const bytesPerKiB = 1024
/** Smaller mappings are not worth a call. */
const leastKiB = 64

/** A file's mapping that nothing can be written to (proc_pid_smaps(5)): its addresses, then what is said of its pages. */
const readOnlyFile = /^([\da-f]+)-([\da-f]+) r-[-x]p \S+ \S+ [1-9]\d* +\/.*\n((?:[A-Z].*\n)+)/gm

/** Until a page is needed again it is not in this process's memory. @returns bytes given back */
export function giveBackProgramPages(): number {
  let bytes = 0
  for (const [, from, to, pages = ''] of mappings().matchAll(readOnlyFile)) {
    const start = BigInt(`0x${from}`)
    const resident = kibibytes(pages, 'Rss')
    // a page that the loader has written to is in no file
    const isClean = kibibytes(pages, 'Private_Dirty') + kibibytes(pages, 'Anonymous') === 0
    if (!(resident >= leastKiB && isClean)) continue
    if (libbpf().discard(start, Number(BigInt(`0x${to}`) - start)) === 0) bytes += resident * bytesPerKiB
  }
  return bytes
}

function kibibytes(pages: string, name: string): number {
  return Number(new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(pages)?.[1] ?? Number.NaN)
}

function mappings(): string {
  try {
    return readFileSync('/proc/self/smaps', 'latin1')
  } catch {
    return '' // no kernel with CONFIG_PROC_PAGE_MONITOR: nothing is given back
  }
}
