/** Starts processes in cgroups named as the kubelet and the container runtimes name theirs, for live tests. Needs root. */
import { spawn } from 'node:child_process'
import type { ChildProcess, SpawnOptions } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export interface PodCgroup {
  /** With dashes; null for a container outside Kubernetes. */
  uid: string | null
  /** 64 hexadecimal digits. */
  containerId: string
  runtime: 'containerd' | 'crio' | 'docker'
  /** `v1` is the systemd hierarchy, or pids where there is none. */
  hierarchy?: 'v1' | 'v2'
}

export interface PodProcess {
  child: ChildProcess
  pid: number
  /** The kernel's id of the v2 cgroup; null in v1. */
  cgroupId: bigint | null
  /** Ends everything in the cgroup and removes it. May be called again. */
  cleanup: () => Promise<void>
}

const scopes = { containerd: 'cri-containerd', crio: 'crio', docker: 'docker' } as const
const patienceMs = 5000

/** Where the hierarchy is mounted; null when it is not. */
export function cgroupMount(hierarchy: 'v1' | 'v2'): string | null {
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .map(([, path = '', type = '', options = '']) => ({ path, type, options: options.split(',') }))
  if (hierarchy === 'v2') return mounts.find(({ type }) => type === 'cgroup2')?.path ?? null
  const v1 = mounts.filter(({ type }) => type === 'cgroup')
  const tree =
    v1.find(({ options }) => options.includes('name=systemd')) ?? v1.find(({ options }) => options.includes('pids'))
  return tree?.path ?? null
}

function cgroupName({ uid, containerId, runtime }: PodCgroup): string {
  const scope = `${scopes[runtime]}-${containerId}.scope`
  if (uid === null) return `system.slice/${scope}`
  const pod = `kubepods-burstable-pod${uid.replaceAll('-', '_')}.slice`
  return join('kubepods.slice', 'kubepods-burstable.slice', pod, scope)
}

/** Another test may remove the parent, empty for an instant, while this one makes it. */
function makeCgroup(path: string): void {
  for (let attempt = 1; ; attempt++) {
    try {
      mkdirSync(path, { recursive: true })
      return
    } catch (error) {
      if (attempt === 10) throw error
    }
  }
}

async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = Date.now() + patienceMs
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`wait for ${what}: not within ${patienceMs} ms`)
    await sleep(10)
  }
}

async function removeCgroup(path: string, mount: string): Promise<void> {
  const members = () => readFileSync(join(path, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number)
  await until(`the end of the processes in ${path}`, () => {
    for (const pid of members()) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // Ended meanwhile.
      }
    }
    return members().length === 0
  })
  // Busy for an instant after the last process ended.
  await until(`the removal of ${path}`, () => removed(path))
  for (let parent = dirname(path); parent !== mount && removed(parent); parent = dirname(parent));
}

function removed(path: string): boolean {
  try {
    rmdirSync(path)
    return true
  } catch {
    return false
  }
}

/** The process is in its cgroup before `argv` runs, and before this resolves. */
export async function startInPodCgroup(
  cgroup: PodCgroup,
  argv: string[],
  options: SpawnOptions = {},
): Promise<PodProcess> {
  const { hierarchy = 'v2' } = cgroup
  const mount = cgroupMount(hierarchy)
  if (mount === null) throw new Error(`start in pod cgroup: no cgroup ${hierarchy} hierarchy is mounted`)
  const path = join(mount, cgroupName(cgroup))
  makeCgroup(path)
  const child = spawn('sh', ['-c', 'echo $$ > "$0/cgroup.procs" && exec "$@"', path, ...argv], options)
  const exited = once(child, 'exit')
  let cleaning: Promise<void> | undefined
  const cleanup = () =>
    (cleaning ??= removeCgroup(path, mount).then(async () => {
      if (child.pid !== undefined) await exited
    }))
  try {
    const { pid } = child
    if (pid === undefined) throw new Error('start in pod cgroup: sh did not start')
    const inside = () => readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(cgroup.containerId)
    await until(`process ${pid} in ${path}`, () => child.exitCode !== null || inside())
    return { child, pid, cgroupId: hierarchy === 'v2' ? statSync(path, { bigint: true }).ino : null, cleanup }
  } catch (error) {
    await cleanup()
    throw error
  }
}
