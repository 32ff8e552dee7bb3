/** The files of a timeline before they are told: where each begins, and which parts of one recording follow each other. */
import type { Track } from './track.ts'

/** A file, and the part of the same recording that comes after it. */
export interface TimelineEntry {
  path: string
  beginsNs: bigint | null
  /** Open already: a pipe cannot be opened twice. */
  track: Track | null
  /** Of the open one: there is something to be told. */
  ready: boolean
  capture: string | null
  part: number
  next: TimelineEntry | null
}

/** In the order of their beginnings; of the parts of one recording the first, and the others behind it. */
export function chained(entries: TimelineEntry[]): TimelineEntry[] {
  const parts = new Map<string, TimelineEntry[]>()
  const first: TimelineEntry[] = []
  for (const entry of entries) {
    const same = entry.capture === null ? undefined : parts.get(entry.capture)
    if (same !== undefined) same.push(entry)
    else {
      if (entry.capture !== null) parts.set(entry.capture, [entry])
      first.push(entry)
    }
  }
  const heads = first.map((entry) => {
    const chain = (entry.capture === null ? undefined : parts.get(entry.capture)) ?? [entry]
    chain.sort((a, b) => a.part - b.part)
    for (const [i, each] of chain.entries()) each.next = chain[i + 1] ?? null
    return chain[0] ?? entry
  })
  return heads.sort((a, b) => (a.beginsNs === b.beginsNs ? 0 : (a.beginsNs ?? 0n) < (b.beginsNs ?? 0n) ? -1 : 1))
}
