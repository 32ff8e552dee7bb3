/** Which cgroups of this machine a selection means: by path, by container, by pod. Looked up again as containers come and go. */
import { readdirSync, statSync, type Dirent } from 'node:fs'
import { join } from 'node:path'
import { QuerytapError } from '../querytap-error.ts'
import { cgroupIdentity } from './cgroup-path.ts'
import type { PodLogs } from './pod-logs.ts'

export interface CgroupSelectors {
  /** Paths in the hierarchy, `/system.slice/mariadb.service`; what is below belongs to them. */
  cgroups: string[]
  /** Beginnings of container ids. */
  containers: string[]
  /** Shell patterns of `NAMESPACE/POD`, or of `POD` where they have no slash. */
  pods: string[]
}

/** Cgroups looked at, and levels below the root: a bound for what a broken tree costs. */
const mostCgroups = 16_384
const mostLevels = 24

export class CgroupSelection {
  readonly #root: string
  readonly #podLogs: PodLogs

  /** @param root where the v2 hierarchy is mounted */
  constructor(root: string, podLogs: PodLogs) {
    this.#root = root
    this.#podLogs = podLogs
  }

  /** @returns ids as the kernel knows them, for each selection, of those that exist now */
  resolve(selections: CgroupSelectors[]): bigint[][] {
    const found: bigint[][] = selections.map(() => [])
    let looked = 0
    const visit = (path: string, level: number) => {
      if (++looked > mostCgroups || level > mostLevels) return
      for (const [index, selectors] of selections.entries()) {
        if (!this.#selects(selectors, path)) continue
        const id = this.#idOf(path)
        if (id !== undefined) found[index]?.push(id)
      }
      for (const entry of this.#below(path)) if (entry.isDirectory()) visit(join(path, entry.name), level + 1)
    }
    visit('/', 0)
    return found
  }

  #selects({ cgroups, containers, pods }: CgroupSelectors, path: string): boolean {
    if (cgroups.some((each) => path === each || path.startsWith(each.endsWith('/') ? each : `${each}/`))) return true
    if (containers.length === 0 && pods.length === 0) return false
    const { containerId, podUid } = cgroupIdentity(`0::${path}`)
    if (containerId !== null && containers.some((each) => containerId.startsWith(each))) return true
    if (podUid === null || pods.length === 0) return false
    const name = this.#podLogs.find(podUid)
    return name !== null && pods.some((each) => podMatches(each, name))
  }

  #below(path: string): Dirent[] {
    try {
      return readdirSync(join(this.#root, path), { withFileTypes: true })
    } catch {
      // a container may end between two reads
      return []
    }
  }

  #idOf(path: string): bigint | undefined {
    return statSync(join(this.#root, path), { bigint: true, throwIfNoEntry: false })?.ino
  }
}

function podMatches(pattern: string, { namespace, pod }: { namespace: string; pod: string }): boolean {
  return shellPattern(pattern).test(pattern.includes('/') ? `${namespace}/${pod}` : pod)
}

/** `*` and `?` as in a shell. */
function shellPattern(text: string): RegExp {
  const escaped = text.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`)
}

/** @param mounts as cgroupMounts() lists them: `cgroup2 /sys/fs/cgroup` */
export function unifiedRoot(mounts: string[]): string {
  const mount = mounts.find((each) => each.startsWith('cgroup2 '))
  if (mount !== undefined) return mount.slice('cgroup2 '.length)
  throw new QuerytapError('USAGE', 'select by cgroup, container or pod: no cgroup v2 hierarchy is mounted', {
    hint: 'select by --port, --pid or --comm',
  })
}
