/** Runs a command as root on another Debian kernel and waits for it: the `boot` script beside this file, for tests. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export type Kernel = '5.10' | '6.1' | '6.12' | 'newest'

export interface VirtualMachineRun {
  /** The command's own; else one of `machineExit`. */
  exitCode: number
  /** What the command wrote to stdout and stderr, in order. */
  output: string
  /** What `boot` said: progress of the download, and the end of the console where the machine did not end by itself. */
  diagnosis: string
}

export interface MachineLimits {
  /** Of the whole run. */
  limitSeconds?: number
  /** Until the command begins; then the machine is ended and booted again. */
  beginSeconds?: number
}

/** Exit codes that mean the machine, not the command. */
export const machineExit = { limitReached: 124, machineFailed: 125 } as const

const bootScript = fileURLToPath(new URL('boot', import.meta.url))

/** An emulated kernel panics or hangs now and then while it boots; the command has not begun then. */
const mostBoots = 3
/** The first call of a kernel downloads about 100 MB, which the machine's own limit does not cover. */
const fetchLimitSeconds = 300
const maxOutputBytes = 64 * 1024 * 1024

const packages = [
  ['qemu-system-x86_64', 'qemu-system-x86'],
  ['busybox', 'busybox-static'],
  ['cpio', 'cpio'],
  ['xz', 'xz-utils'],
  ['zstd', 'zstd'],
] as const

/** Why no machine can run here, with the Debian packages to install; null when everything is there. */
export function virtualMachineObstacle(): string | null {
  const directories = (process.env['PATH'] ?? '').split(delimiter)
  const missing = packages.filter(([command]) => !directories.some((directory) => existsSync(join(directory, command))))
  if (missing.length > 0) return `apt-get install ${missing.map(([, name]) => name).join(' ')}`
  return process.getuid?.() === 0 ? null : 'needs root: the guest sees the files its owner can read'
}

/**
 * The guest sees this machine's files, and keeps what it writes to itself; `/run` and `/tmp` are empty there. The working directory
 * is the checkout. Rejects when the packages it needs are missing.
 */
export async function runInVirtualMachine(
  kernel: Kernel,
  argv: string[],
  { limitSeconds = 300, beginSeconds = 90 }: MachineLimits = {},
): Promise<VirtualMachineRun> {
  const obstacle = virtualMachineObstacle()
  if (obstacle !== null) throw new Error(`boot ${kernel}: ${obstacle}`)
  let diagnosis = ''
  for (let boots = 1; ; boots++) {
    const run = await boot(kernel, argv, { limitSeconds, beginSeconds })
    diagnosis += run.diagnosis
    const begun = run.exitCode !== machineExit.machineFailed || run.output !== ''
    if (begun || boots === mostBoots) return { ...run, diagnosis }
    diagnosis += `boot: the machine failed before its command, in boot ${boots} of ${mostBoots} at most\n`
  }
}

async function boot(
  kernel: Kernel,
  argv: string[],
  { limitSeconds, beginSeconds }: Required<MachineLimits>,
): Promise<VirtualMachineRun> {
  return await new Promise((resolve, reject) => {
    const limits = ['--limit', String(limitSeconds), '--begin', String(beginSeconds)]
    const child = spawn(bootScript, [...limits, kernel, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] })
    const timer = setTimeout(() => child.kill('SIGTERM'), (limitSeconds + fetchLimitSeconds) * 1000)
    const output: Buffer[] = []
    const diagnosis: Buffer[] = []
    let outputBytes = 0
    child.stdout.on('data', (chunk: Buffer) => {
      outputBytes += chunk.length
      if (outputBytes <= maxOutputBytes) output.push(chunk)
      else child.kill('SIGTERM')
    })
    child.stderr.on('data', (chunk: Buffer) => diagnosis.push(chunk))
    child.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({
        exitCode: code ?? machineExit.machineFailed,
        output: Buffer.concat(output).toString(),
        diagnosis:
          Buffer.concat(diagnosis).toString() + (outputBytes > maxOutputBytes ? 'boot: output too long\n' : ''),
      })
    })
  })
}
