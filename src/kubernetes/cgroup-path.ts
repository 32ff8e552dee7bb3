/**
 * Finds the container and the pod in the text of `/proc/PID/cgroup`: every runtime writes the container id, and the kubelet the
 * pod's uid, into the names of the cgroups they make.
 */

export interface CgroupIdentity {
  /** 64 hexadecimal digits; the innermost container. */
  containerId: string | null
  /** With dashes; a static pod's is the 32 digits of its configuration's hash. */
  podUid: string | null
}

/*
 * One segment of the path names one of them, or neither:
 *   pod<uid>  kubepods-burstable-pod<u_i_d>.slice  kubelet-kubepods-besteffort-pod<u_i_d>.slice
 *   <id>  cri-containerd-<id>.scope  crio-<id>.scope  docker-<id>.scope  libpod-<id>.scope
 *   kubepods-burstable-pod<u_i_d>.slice:cri-containerd:<id>   (containerd told "systemd" where it should be cgroupfs, or the reverse)
 */
const podSegment =
  /(?:^|-)pod([0-9a-f]{8}([-_])[0-9a-f]{4}\2[0-9a-f]{4}\2[0-9a-f]{4}\2[0-9a-f]{12}|[0-9a-f]{32})(?:\.slice)?$/
const containerSegment = /^(?:([a-z][a-z0-9._-]*)-)?([0-9a-f]{64})(?:\.scope)?$/
/** conmon watches a container from outside, in a cgroup named after it. */
const monitor = /(?:^|-)conmon$/

const nothing: CgroupIdentity = { containerId: null, podUid: null }

function pathIdentity(path: string): CgroupIdentity {
  let { containerId, podUid } = nothing
  for (const segment of path.replace(/ \(deleted\)$/, '').split(/[/:]/)) {
    const pod = podSegment.exec(segment)?.[1]
    if (pod !== undefined) {
      podUid = pod.replaceAll('_', '-')
      // A container further out is the node the pod runs in (kind), not the pod's.
      containerId = null
      continue
    }
    const container = containerSegment.exec(segment)
    if (container?.[2] !== undefined && !monitor.test(container[1] ?? '')) containerId = container[2]
  }
  return { containerId, podUid }
}

function certainty({ containerId, podUid }: CgroupIdentity): number {
  return (containerId === null ? 0 : 2) + (podUid === null ? 0 : 1)
}

/** v1 controllers may be laid out apart from each other: systemd's own tree and pids follow the runtime most faithfully. */
function preference(controllers: string): number {
  if (controllers === 'name=systemd') return 0
  if (controllers === 'pids') return 1
  if (controllers === 'memory') return 2
  return controllers === '' ? 3 : 4
}

/** @param text lines `hierarchy:controllers:path`; v2 is the line `0::path`, and a v1 path may hold colons */
export function cgroupIdentity(text: string): CgroupIdentity {
  const lines = [...text.matchAll(/^\d+:([^:\n]*):(.*)$/gm)].map(([, controllers = '', path = '']) => ({
    controllers,
    path,
  }))
  lines.sort((a, b) => preference(a.controllers) - preference(b.controllers))
  let best = nothing
  for (const { path } of lines) {
    const identity = pathIdentity(path)
    if (certainty(identity) > certainty(best)) best = identity
  }
  return best
}

/** What the v2 line alone says: the kernel's cgroup ids are of that hierarchy, also where containers live in v1. */
export function unifiedCgroupIdentity(text: string): CgroupIdentity {
  return cgroupIdentity(/^0::.*$/m.exec(text)?.[0] ?? '')
}
