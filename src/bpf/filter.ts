/** The kernel's rules of what is wanted, changed while the probes run. Mirrors `struct filter` of probes/filter.h. */
import { Buffer } from 'node:buffer'
import { QuerytapError } from '../querytap-error.ts'
import { errnoName, libbpf } from './libbpf.ts'

/** Values to match; each kind with any included value demands a match of one of them, and an excluded one always rules out. */
export interface Selection<Value> {
  include: Value[]
  exclude: Value[]
}

export interface FilterRules {
  /** At either end. */
  ports: Selection<number>
  /** Paths of unix-domain sockets, `@` in front of an abstract name. One kind with the ports: a connection has either. */
  sockets: Selection<string>
  pids: Selection<number>
  /** Name of the process or of its thread. */
  comms: Selection<string>
  /** Ids of v2 cgroups. `limited`: something is included, even where no cgroup matches it yet. */
  cgroups: Selection<bigint> & { limited: boolean }
}

/** Of a command's name, as the kernel keeps it; a zero byte follows. */
export const commBytes = 15

/** Bytes of a unix-domain socket's path. */
export const socketPathBytes = 108

const kinds = { ports: 1, sockets: 1, pids: 2, comms: 4, cgroups: 8 } as const
const included = 1
const excluded = 2

export const filterLayout = { generation: 0, kinds: 4, included: 8 } as const
export const filterBytes = 16

export type FilterKind = keyof typeof kinds

export const filterMaps: Record<FilterKind, string> = {
  ports: 'filter_ports',
  sockets: 'filter_sockets',
  pids: 'filter_pids',
  comms: 'filter_comms',
  cgroups: 'filter_cgroups',
}

export class Filter {
  readonly #fd: number
  readonly #maps: Record<FilterKind, number>
  /** Rules in the kernel, by kind, then by the key's bytes in hex. */
  readonly #known: Record<FilterKind, Map<string, number>> = {
    ports: new Map(),
    sockets: new Map(),
    pids: new Map(),
    comms: new Map(),
    cgroups: new Map(),
  }
  #generation = 0

  /** @param fd of the map `filter` @param maps fds of the maps of rules */
  constructor(fd: number, maps: Record<FilterKind, number>) {
    this.#fd = fd
    this.#maps = maps
  }

  /** Connections are judged anew where these differ from the rules before. */
  apply(rules: FilterRules): void {
    const wanted: Record<FilterKind, Map<string, number>> = {
      ports: keyed(rules.ports, wordKey),
      sockets: keyed(rules.sockets, socketKey),
      pids: keyed(rules.pids, wordKey),
      comms: keyed(rules.comms, commKey),
      cgroups: keyed(rules.cgroups, wideKey),
    }
    let present = 0
    let demanded = 0
    let changed = this.#generation === 0
    for (const kind of ['ports', 'sockets', 'pids', 'comms', 'cgroups'] as const) {
      changed = this.#change(kind, wanted[kind]) || changed
      const limited = kind === 'cgroups' ? rules.cgroups.limited : rules[kind].include.length > 0
      if (limited) demanded |= kinds[kind]
      if (limited || wanted[kind].size > 0) present |= kinds[kind]
    }
    if (!changed) return
    this.#generation++
    const value = new Uint32Array([this.#generation, present, demanded, 0])
    this.#write(this.#fd, new Uint8Array(4), new Uint8Array(value.buffer))
  }

  #change(kind: FilterKind, wanted: Map<string, number>): boolean {
    const known = this.#known[kind]
    let changed = false
    for (const [key, verdict] of wanted) {
      if (known.get(key) === verdict) continue
      const value = new Uint8Array(Uint32Array.of(verdict).buffer)
      this.#write(this.#maps[kind], Buffer.from(key, 'hex'), value)
      known.set(key, verdict)
      changed = true
    }
    for (const key of known.keys()) {
      if (wanted.has(key)) continue
      libbpf().remove(this.#maps[kind], Buffer.from(key, 'hex'))
      known.delete(key)
      changed = true
    }
    return changed
  }

  #write(fd: number, key: Uint8Array, value: Uint8Array): void {
    const result = libbpf().update(fd, key, value)
    if (result === 0) return
    const hint = errnoName(result) === 'E2BIG' ? 'fewer selectors' : 'querytap doctor'
    throw new QuerytapError('KERNEL', `set a filter rule: ${errnoName(result)}`, { hint })
  }
}

function keyed<Value>(selection: Selection<Value>, keyOf: (value: Value) => string): Map<string, number> {
  const rules = new Map<string, number>()
  for (const value of selection.include) rules.set(keyOf(value), included)
  for (const value of selection.exclude) rules.set(keyOf(value), (rules.get(keyOf(value)) ?? 0) | excluded)
  return rules
}

function wordKey(value: number): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes.toString('hex')
}

function wideKey(value: bigint): string {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(value)
  return bytes.toString('hex')
}

function commKey(value: string): string {
  const bytes = Buffer.alloc(commBytes + 1)
  Buffer.from(value).copy(bytes, 0, 0, commBytes)
  return bytes.toString('hex')
}

function socketKey(value: string): string {
  const bytes = Buffer.alloc(socketPathBytes)
  Buffer.from(value).copy(bytes)
  if (value.startsWith('@')) bytes[0] = 0
  return bytes.toString('hex')
}
