/** What a capture is limited to, as options give it; becomes the kernel's rules, again and again where containers come and go. */
import type { FilterRules, Selection } from '../bpf/filter.ts'
import { cgroupMounts } from '../kubernetes/cgroup-mounts.ts'
import { CgroupSelection, type CgroupSelectors, unifiedRoot } from '../kubernetes/cgroup-selection.ts'
import { PodLogs } from '../kubernetes/pod-logs.ts'
import { unmatchedSelectors } from './unmatched-selectors.ts'

/** Any of each kind; all kinds that are given. */
export interface Selectors {
  ports: Selection<number>
  sockets: Selection<string>
  pids: Selection<number>
  comms: Selection<string>
  /** Cgroups, containers and pods are one kind: where a process runs. */
  places: { include: CgroupSelectors; exclude: CgroupSelectors }
}

/** Selectors that may change while a capture runs. */
export interface ChangingSelectors {
  /**
   * Gives them to `take` where they have changed since; what `take` throws leaves those before in force.
   * `take` returns a sentence for each that means nothing which is there now.
   */
  refresh(take: (selectors: Selectors) => string[]): void
}

export class SelectorRules {
  readonly #procPath: string
  readonly #podLogsPath: string
  readonly #changing: ChangingSelectors | null
  #selectors: Selectors
  #cgroups: CgroupSelection | null

  /** Throws where places are selected and there is no v2 hierarchy. */
  constructor(selectors: Selectors, procPath: string, podLogsPath: string, changing: ChangingSelectors | null = null) {
    this.#procPath = procPath
    this.#podLogsPath = podLogsPath
    this.#changing = changing
    this.#selectors = selectors
    this.#cgroups = this.#cgroupsOf(selectors)
  }

  /** Whether the rules change by themselves. */
  get changing(): boolean {
    return this.#cgroups !== null || this.#changing !== null
  }

  /** A sentence for each selector that means nothing which is there now. */
  unmatched(): string[] {
    return unmatchedSelectors(this.#selectors, this.#cgroups, this.#procPath)
  }

  now(): FilterRules {
    this.#changing?.refresh((selectors) => {
      this.#cgroups = this.#cgroupsOf(selectors)
      this.#selectors = selectors
      return this.unmatched()
    })
    const { ports, sockets, pids, comms, places } = this.#selectors
    const [include = [], exclude = []] = this.#cgroups?.resolve([places.include, places.exclude]) ?? []
    return { ports, sockets, pids, comms, cgroups: { include, exclude, limited: selectsPlaces(places.include) } }
  }

  #cgroupsOf({ places: { include, exclude } }: Selectors): CgroupSelection | null {
    if (!selectsPlaces(include) && !selectsPlaces(exclude)) return null
    return new CgroupSelection(unifiedRoot(cgroupMounts(this.#procPath)), new PodLogs(this.#podLogsPath))
  }
}

function selectsPlaces({ cgroups, containers, pods }: CgroupSelectors): boolean {
  return cgroups.length + containers.length + pods.length > 0
}
