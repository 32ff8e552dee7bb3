/** The loaded probes: opens an object, sets its knobs, loads, attaches, and takes all of it down again in reverse order. */
import { readFileSync } from 'node:fs'
import { QuerytapError } from '../querytap-error.ts'
import type { AttachMode } from './attach-mode.ts'
import { Filter, filterMaps, type FilterKind, type FilterRules } from './filter.ts'
import { KernelFunctions } from './kernel-functions.ts'
import { knobsBytes, type Knobs, writeKnobs } from './knobs.ts'
import { errnoName, libbpf, type Pointer } from './libbpf.ts'
import { lossCauses, type LossCause } from './losses.ts'
import { loadObject, map, mapFd, openObject, refusal } from './object.ts'
import { Pendings } from './pendings.ts'
import { type Choice, choosePrograms, isCalled, isEntry, type Program } from './programs.ts'
import { Ring } from './ring.ts'
import { connectionBytes, unixConnectionBytes, Untold } from './untold.ts'
import { Verdicts } from './verdicts.ts'

export interface ProbesOptions {
  mode: AttachMode
  knobs: Knobs
  /** What is wanted from the first call on. */
  rules: FilterRules
  /** Size of the ring buffer in bytes, a power of two of at least a page. */
  ringBytes: number
}

const mostAttempts = 8

export class Probes {
  readonly mode: AttachMode
  readonly ring: Ring
  readonly verdicts: Verdicts
  readonly filter: Filter
  readonly pendings: Pendings
  readonly untold: Untold
  /** Why no unix-domain socket is seen; null: they are. */
  readonly unixObstacle: string | null
  readonly #object: Pointer
  readonly #links: Pointer[]
  readonly #lossesFd: number
  readonly #programFds: number[]
  readonly #cpus: number
  readonly #ownPid: number
  #closed = false

  private constructor(
    mode: AttachMode,
    object: Pointer,
    { programs, unixObstacle }: Choice,
    links: Pointer[],
    ring: Ring,
    verdicts: Verdicts,
    filter: Filter,
    ownPid: number,
  ) {
    this.mode = mode
    this.unixObstacle = unixObstacle
    this.#object = object
    this.#links = links
    this.ring = ring
    this.verdicts = verdicts
    this.filter = filter
    this.pendings = new Pendings(mapFd(object, 'pendings'))
    this.untold = new Untold([
      { fd: mapFd(object, 'connections'), valueBytes: connectionBytes },
      { fd: mapFd(object, 'unix_connections'), valueBytes: unixConnectionBytes },
    ])
    this.#ownPid = ownPid
    this.#lossesFd = mapFd(object, 'losses')
    this.#programFds = programs.map(({ program }) => libbpf().programFd(program))
    this.#cpus = libbpf().possibleCpus()
  }

  /** Attaches in one mode, or throws a QuerytapError that names the program and the reason and leaves nothing behind. */
  static attach(options: ProbesOptions): Probes {
    for (let attempt = 1; ; attempt++) {
      try {
        return Probes.#attachOnce(options)
      } catch (error) {
        // the verifier gives up when a signal comes (kernel/bpf/verifier.c: -EAGAIN)
        const interrupted = error instanceof QuerytapError && /: (EAGAIN|EWOULDBLOCK)/.test(error.message)
        if (!interrupted || attempt === mostAttempts) throw error
      }
    }
  }

  static #attachOnce({ mode, knobs, rules, ringBytes }: ProbesOptions): Probes {
    const bpf = libbpf()
    const kernel = new KernelFunctions()
    const undo: (() => void)[] = []
    try {
      const object = openObject(mode, kernel)
      undo.push(() => bpf.close(object))
      const data = bpf.initialValue(map(object, '.rodata.knobs'))
      if (data.byteLength !== knobsBytes)
        throw new QuerytapError('LIBBPF', `set knobs: the object of ${mode} is of another build`)
      writeKnobs(knobs, data)
      bpf.setMaxEntries(map(object, 'ring'), ringBytes)
      const choice = choosePrograms(object, mode, kernel)
      // while it loads, libbpf reads the same type information once more: ten megabytes
      kernel.close()
      loadObject(object, mode, kernel)
      const ring = new Ring(mapFd(object, 'ring'), ringBytes)
      undo.push(() => ring.close())
      const verdicts = new Verdicts(mapFd(object, 'verdicts'), bpf.maxEntries(map(object, 'verdicts')))
      undo.push(() => verdicts.close())
      const filter = openFilter(object)
      filter.apply(rules)
      const links: Pointer[] = []
      undo.push(() => destroyLinks(links))
      attachPrograms(choice.programs, mode, links)
      return new Probes(mode, object, choice, links, ring, verdicts, filter, knobs.ownPid)
    } catch (error) {
      for (const step of undo.reverse()) step()
      throw error
    } finally {
      kernel.close()
    }
  }

  /** Losses as the kernel counted them, summed over the CPUs. */
  losses(): Record<LossCause | 'missedRuns', number> {
    const key = new Uint32Array(1)
    const values = new BigUint64Array(this.#cpus)
    const counted = (index: number) => {
      key[0] = index
      const found = libbpf().lookup(this.#lossesFd, new Uint8Array(key.buffer), new Uint8Array(values.buffer))
      return found
        ? Number(
            BigInt.asUintN(
              64,
              values.reduce((sum, value) => sum + value, 0n),
            ),
          )
        : 0
    }
    const causes = lossCauses.map((cause, index) => [cause, counted(index)] as const)
    const ofPrograms = Object.fromEntries(causes) as Record<LossCause, number> // the causes are the keys
    const missed = this.#programFds.map(missedRuns)
    return { ...ofPrograms, missedRuns: missed.reduce((sum, runs) => sum + runs, 0) }
  }

  /** Whether this process may read the maps. */
  get readable(): boolean {
    const values = new Uint8Array(this.#cpus * 8)
    return libbpf().lookup(this.#lossesFd, new Uint8Array(4), values)
  }

  /** Has unix-domain sockets looked for that have closed, where nothing tells of their end: probes/unix-tracepoint.h. */
  sweep(): void {
    if (this.mode === 'tracepoint') libbpf().parentPid(this.#ownPid)
  }

  /** Stops the probes; records that are in the ring can still be read until `close`. */
  detach(): void {
    destroyLinks(this.#links)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.detach()
    this.verdicts.close()
    this.ring.close()
    libbpf().close(this.#object)
  }
}

/**
 * A program does not run where it is already at work on the same processor, interrupted: the kernel's own count, since 5.12.
 * Trampolines may be interrupted by another thread where the kernel preempts itself, raw tracepoints too since 7.0; kprobes not.
 */
function missedRuns(programFd: number): number {
  return Number(/^recursion_misses:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${programFd}`, 'latin1'))?.[1] ?? 0)
}

function attachPrograms(programs: Program[], mode: AttachMode, links: Pointer[]): void {
  const bpf = libbpf()
  // the return probes and the state tracepoint come first: a call's entry must not be followed without its return
  programs.sort((a, b) => Number(isEntry(a.section)) - Number(isEntry(b.section)))
  for (const { program, section } of programs) {
    if (isCalled(section)) continue
    const link = bpf.attach(program)
    if (link === 0n) {
      const errno = bpf.errno()
      throw refusal(`attach ${section}: ${errnoName(errno)}`, errno, mode)
    }
    links.push(link)
  }
}

function destroyLinks(links: Pointer[]): void {
  for (const link of links.splice(0).reverse()) libbpf().destroyLink(link)
}

function openFilter(object: Pointer): Filter {
  const fd = (kind: FilterKind) => mapFd(object, filterMaps[kind])
  const maps = {
    ports: fd('ports'),
    sockets: fd('sockets'),
    pids: fd('pids'),
    comms: fd('comms'),
    cgroups: fd('cgroups'),
  }
  return new Filter(mapFd(object, 'filter'), maps)
}
