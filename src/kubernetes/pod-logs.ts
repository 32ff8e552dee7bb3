/**
 * Names pods by the kubelet's own tree of logs, `/var/log/pods/NAMESPACE_POD_UID/`: no API server, no credentials, and it is there
 * before the pod's first container starts.
 */
import { readdirSync } from 'node:fs'
import { RecentlyUsed } from './recently-used.ts'

export interface PodName {
  namespace: string
  pod: string
}

/** A node runs 110 pods by default; pods that ended keep their names until they are the oldest. */
export const maxPods = 4096

/** An unknown uid makes the directory be listed again, at most this often. */
export const relistAfterMs = 1000

/** Neither namespaces nor pod names can hold an underscore (RFC 1123 names). */
const podDirectory = /^([^_]+)_([^_]+)_([^_]+)$/

export class PodLogs {
  readonly #path: string
  readonly #now: () => number
  readonly #pods = new RecentlyUsed<string, PodName>(maxPods)
  #listedAt = -Infinity

  /** @param now milliseconds, monotonic */
  constructor(path = '/var/log/pods', now: () => number = () => performance.now()) {
    this.#path = path
    this.#now = now
  }

  /** Null for a pod that has no directory there, also where there is no kubelet at all. */
  find(podUid: string): PodName | null {
    const known = this.#pods.get(podUid)
    if (known !== undefined) return known
    const now = this.#now()
    if (now - this.#listedAt < relistAfterMs) return null
    this.#listedAt = now
    return this.#list(podUid)
  }

  #list(sought: string): PodName | null {
    let found: PodName | null = null
    for (const directory of this.#directories()) {
      const [, namespace, pod, uid] = podDirectory.exec(directory) ?? []
      if (namespace === undefined || pod === undefined || uid === undefined) continue
      if (uid === sought) found = { namespace, pod }
      else this.#pods.set(uid, { namespace, pod })
    }
    // Last, so that a directory above the limit cannot push it out.
    if (found !== null) this.#pods.set(sought, found)
    return found
  }

  #directories(): string[] {
    try {
      return readdirSync(this.#path)
    } catch {
      // Not a Kubernetes node, or not allowed to look: pods stay without a name.
      return []
    }
  }
}
