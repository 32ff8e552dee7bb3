/** What a capture is limited to, as options give it; becomes the kernel's rules, again and again where containers come and go. */
import type { FilterRules, Selection } from '../bpf/filter.ts'
import { cgroupMounts } from '../kubernetes/cgroup-mounts.ts'
import { CgroupSelection, type CgroupSelectors, unifiedRoot } from '../kubernetes/cgroup-selection.ts'
import { PodLogs } from '../kubernetes/pod-logs.ts'

/** Any of each kind; all kinds that are given. */
export interface Selectors {
  ports: Selection<number>
  pids: Selection<number>
  comms: Selection<string>
  /** Cgroups, containers and pods are one kind: where a process runs. */
  places: { include: CgroupSelectors; exclude: CgroupSelectors }
}

export class SelectorRules {
  readonly #selectors: Selectors
  readonly #cgroups: CgroupSelection | null

  /** Throws where places are selected and there is no v2 hierarchy. */
  constructor(selectors: Selectors, procPath: string, podLogsPath: string) {
    this.#selectors = selectors
    const { include, exclude } = selectors.places
    const placed = selectsPlaces(include) || selectsPlaces(exclude)
    this.#cgroups = placed ? new CgroupSelection(unifiedRoot(cgroupMounts(procPath)), new PodLogs(podLogsPath)) : null
  }

  /** Whether the rules change by themselves. */
  get changing(): boolean {
    return this.#cgroups !== null
  }

  now(): FilterRules {
    const { ports, pids, comms, places } = this.#selectors
    const [include = [], exclude = []] = this.#cgroups?.resolve([places.include, places.exclude]) ?? []
    return { ports, pids, comms, cgroups: { include, exclude, limited: selectsPlaces(places.include) } }
  }
}

function selectsPlaces({ cgroups, containers, pods }: CgroupSelectors): boolean {
  return cgroups.length + containers.length + pods.length > 0
}
