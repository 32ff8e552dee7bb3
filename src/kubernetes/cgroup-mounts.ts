/** Which cgroup file systems are mounted, for the doctor: `cgroup2 /sys/fs/cgroup`. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** @param procPath the machine's /proc */
export function cgroupMounts(procPath: string): string[] {
  let text: string
  try {
    text = readFileSync(join(procPath, 'self', 'mounts'), 'utf8')
  } catch {
    return []
  }
  const mounts = text.split('\n').map((line) => line.split(' '))
  return mounts
    .filter(([, , type]) => type === 'cgroup2' || type === 'cgroup')
    .map(([, path, type]) => `${type} ${path}`)
}
