/**
 * Says which container, pod and node a process belongs to, from files of this machine only. Meant for one call per connection:
 * each call reads `/proc/PID/stat`.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cgroupIdentity, unifiedCgroupIdentity } from './cgroup-path.ts'
import type { CgroupIdentity } from './cgroup-path.ts'
import { PodLogs } from './pod-logs.ts'
import { RecentlyUsed } from './recently-used.ts'

/** Part of a record's endpoint. What is not known is null. */
export interface ProcessIdentity {
  pid: number
  comm: string | null
  /** Container id, 64 hexadecimal digits. */
  container: string | null
  pod: string | null
  namespace: string | null
  /** A pod's name does not prove its workload; the API server does. */
  workload: null
  node: string | null
}

export interface ProcessIdentityOptions {
  /** Where the host's /proc is, as in a container with the host's root below /host. */
  procPath?: string
  podLogsPath?: string
  /** Overrides the environment's NODE_NAME. */
  nodeName?: string
  /** Milliseconds, monotonic. */
  now?: () => number
}

export const maxProcesses = 4096
export const maxCgroups = 4096

/** Runtimes start a process first and move it into its cgroup then: that a process has no container is believed after this time. */
export const settledAfterMs = 2000

interface Look extends CgroupIdentity {
  /** With the pid unique while the machine is up: field 22 of stat, in clock ticks. */
  startTime: string
  cgroupId: bigint | null
  firstAt: number
  settled: boolean
}

export class ProcessIdentities {
  readonly #procPath: string
  readonly #podLogs: PodLogs
  readonly #node: string | null
  readonly #now: () => number
  readonly #processes = new RecentlyUsed<number, Look>(maxProcesses)
  readonly #given = new RecentlyUsed<number, ProcessIdentity>(maxProcesses)
  /** For processes that are gone before they are looked at. */
  readonly #cgroups = new RecentlyUsed<bigint, CgroupIdentity>(maxCgroups)

  constructor(options: ProcessIdentityOptions = {}) {
    this.#procPath = options.procPath ?? '/proc'
    this.#now = options.now ?? (() => performance.now())
    this.#podLogs = new PodLogs(options.podLogsPath, this.#now)
    // Every process seen here runs on this node. The host's name is no substitute: the kubelet may be told another, and inside a
    // container it is the pod's.
    this.#node = options.nodeName ?? (process.env['NODE_NAME'] || null)
  }

  /** @param cgroupId the kernel's (bpf_get_current_cgroup_id): of the v2 hierarchy */
  identify(pid: number, cgroupId: bigint | number | null): ProcessIdentity {
    const cgroup = cgroupId === null ? null : BigInt(cgroupId)
    const stat = this.#read(pid, 'stat')
    // comm may hold spaces and parentheses, and no later field does.
    const [, comm, fields = ''] = /^\d+ \(([^]*)\) ([^)]*)$/.exec(stat ?? '') ?? []
    const startTime = fields.split(' ')[19]
    const place = startTime === undefined ? this.#remembered(cgroup) : this.#look(pid, startTime, cgroup)
    const name = place.podUid === null ? null : this.#podLogs.find(place.podUid)
    return this.#shared({
      pid,
      comm: comm ?? null,
      container: place.containerId,
      pod: name?.pod ?? null,
      namespace: name?.namespace ?? null,
      workload: null,
      node: this.#node,
    })
  }

  /** The object given out for this process before, where nothing has changed: each of its connections keeps it. */
  #shared(identity: ProcessIdentity): ProcessIdentity {
    const known = this.#given.get(identity.pid)
    if (known !== undefined && isSame(known, identity)) return known
    this.#given.set(identity.pid, identity)
    return identity
  }

  #look(pid: number, startTime: string, cgroupId: bigint | null): CgroupIdentity {
    const now = this.#now()
    const known = this.#processes.get(pid)
    const same = known !== undefined && known.startTime === startTime && known.cgroupId === cgroupId ? known : undefined
    if (same !== undefined && (same.containerId !== null || same.settled)) return same

    const text = this.#read(pid, 'cgroup')
    if (text === null) return this.#remembered(cgroupId)
    const identity = cgroupIdentity(text)
    const firstAt = same?.firstAt ?? now
    this.#processes.set(pid, { ...identity, startTime, cgroupId, firstAt, settled: now - firstAt >= settledAfterMs })
    this.#remember(cgroupId, identity, text)
    return identity
  }

  /** Only what the v2 path says holds for every process of the cgroup: where containers live in v1, all share one v2 cgroup. */
  #remember(cgroupId: bigint | null, identity: CgroupIdentity, text: string): void {
    if (cgroupId === null) return
    const unified = unifiedCgroupIdentity(text)
    if (unified.containerId !== null && unified.containerId === identity.containerId)
      this.#cgroups.set(cgroupId, unified)
    else this.#cgroups.delete(cgroupId)
  }

  #remembered(cgroupId: bigint | null): CgroupIdentity {
    return (cgroupId === null ? undefined : this.#cgroups.get(cgroupId)) ?? { containerId: null, podUid: null }
  }

  #read(pid: number, file: string): string | null {
    try {
      return readFileSync(join(this.#procPath, String(pid), file), 'utf8')
    } catch {
      // Gone: processes end at any time, also between two reads.
      return null
    }
  }
}

function isSame(one: ProcessIdentity, other: ProcessIdentity): boolean {
  return (
    one.comm === other.comm &&
    one.container === other.container &&
    one.pod === other.pod &&
    one.namespace === other.namespace &&
    one.workload === other.workload &&
    one.node === other.node
  )
}
