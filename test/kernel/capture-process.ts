/** `querytap capture` as a user runs it: a process of its own, stopped with Ctrl-C's signal. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { QuerytapRecord } from '../../src/record.ts'

/** The built program, from here and from the compiled tests alike. */
export const main = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../dist/src/main.js' : '../../src/main.js', import.meta.url),
)

export interface CaptureResult {
  exitCode: number | null
  records: QuerytapRecord[]
  stderr: string
}

export interface CaptureProcess {
  pid: number
  /** What it has printed so far. */
  records(): QuerytapRecord[]
  /** What it has said on stderr so far. */
  said(): string
  stop(signal?: NodeJS.Signals): Promise<CaptureResult>
}

const startLimitMs = 240_000

/** @param args of `capture`; without `--store`, to one that goes with it. The capture is attached when this resolves */
export async function startCapture(args: string[]): Promise<CaptureProcess> {
  return await startQuerytap(['capture', '--json', '--keep-literals', ...args], 'capturing')
}

/** @param args of `record`, after the file */
export async function startRecording(file: string, args: string[]): Promise<CaptureProcess> {
  return await startQuerytap(['record', file, ...args], 'recording')
}

/** @param attached what the program says on stderr when it is */
async function startQuerytap(args: string[], attached: string): Promise<CaptureProcess> {
  const state = mkdtempSync(join(tmpdir(), 'querytap-state-'))
  const env = { ...process.env, XDG_STATE_HOME: state }
  // the option is in the program's first line
  const child = spawn(process.execPath, ['--max-semi-space-size=2', main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  const closed = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      rmSync(state, { recursive: true, force: true })
      resolve(code)
    })
  })
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`capture did not start: ${stderr}`)), startLimitMs)
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString()
      if (!stderr.includes(attached)) return
      clearTimeout(timer)
      resolve()
    })
    child.once('close', () => {
      clearTimeout(timer)
      reject(new Error(`capture ended: ${stderr}`))
    })
  })
  return {
    pid: child.pid ?? 0,
    records: () => readRecords(stdout.slice(0, stdout.lastIndexOf('\n') + 1)),
    said: () => stderr,
    stop: async (signal = 'SIGINT') => {
      child.kill(signal)
      const exitCode = await closed
      return { exitCode, records: readRecords(stdout), stderr }
    },
  }
}

/** @param lines JSON lines */
export function readRecords(lines: string): QuerytapRecord[] {
  // the program's own output, whose form the record's type describes
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as QuerytapRecord)
}
