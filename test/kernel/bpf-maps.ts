/** The maps of a running capture, by the kernel's own account. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { z } from 'zod'

const number = z.number()
const entriesSchema = z.array(
  z.object({ formatted: z.object({ key: number, value: z.record(z.string(), z.unknown()) }) }),
)
const mapSchema = z.object({ name: z.string() })
const programSchema = z.array(
  z.object({
    name: z.string().optional(),
    map_ids: z.array(number).default([]),
    run_time_ns: number.default(0),
    run_cnt: number.default(0),
    recursion_misses: number.default(0),
  }),
)

function bpftool(...args: string[]): unknown {
  const { stdout, stderr, status } = spawnSync('bpftool', ['-j', ...args], { encoding: 'utf8', maxBuffer: 1 << 28 })
  if (status !== 0) throw new Error(`bpftool ${args.join(' ')}: ${stderr}${stdout}`)
  return JSON.parse(stdout)
}

export interface MapEntry {
  key: number
  value: Record<string, unknown>
}

export class BpfMaps {
  readonly #ids = new Map<string, string>()

  /** @param pid of a capture that is attached */
  constructor(pid: number) {
    const directory = `/proc/${pid}/fdinfo`
    for (const fd of readdirSync(directory)) {
      const [, id] = /^map_id:\s+(\d+)$/m.exec(readFileSync(`${directory}/${fd}`, 'utf8')) ?? []
      if (id !== undefined) this.#ids.set(mapSchema.parse(bpftool('map', 'show', 'id', id)).name, id)
    }
  }

  /** The programs that use them, with their runs since `kernel.bpf_stats_enabled` was set. */
  programs(): { name: string; runs: number; ns: number; misses: number }[] {
    const ids = new Set([...this.#ids.values()].map(Number))
    return programSchema
      .parse(bpftool('prog', 'show'))
      .filter(({ map_ids }) => map_ids.some((id) => ids.has(id)))
      .map(({ name = '', run_cnt, run_time_ns, recursion_misses }) => ({
        name,
        runs: run_cnt,
        ns: run_time_ns,
        misses: recursion_misses,
      }))
  }

  entries(name: string): MapEntry[] {
    const id = this.#ids.get(name)
    if (id === undefined) throw new Error(`no map ${name}`)
    return entriesSchema.parse(bpftool('map', 'dump', 'id', id)).map(({ formatted }) => formatted)
  }

  /** Connections with this port at either end. */
  connectionsOf(port: number): MapEntry[] {
    return this.entries('connections').filter(
      ({ value }) => value['local_port'] === port || value['remote_port'] === port,
    )
  }

  /** Calls of threads that are no more. */
  deadCalls(): MapEntry[] {
    return this.entries('calls').filter(
      ({ key }) => !existsSync(`/proc/${Math.floor(key / 2 ** 32)}/task/${key % 2 ** 32}`),
    )
  }

  /** What adds up for connections that are no more. */
  deadPendings(): MapEntry[] {
    // asked first: a connection is older than what adds up for it
    const pendings = this.entries('pendings')
    const ids = new Set(this.entries('connections').map(({ value }) => value['id']))
    return pendings.filter(({ key }) => !ids.has(key))
  }
}
