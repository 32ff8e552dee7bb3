/**
 * Memory of 10,000 connections that have prepared 1,000 statements each, of 10,000 digests in all, beside the same process
 * before its first connection.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ratio, type Row } from './table.ts'

const program = fileURLToPath(new URL('./many-connections.js', import.meta.url))
const connections = 10_000
const statements = 1000
const executions = 10

interface Step {
  step: string
  rssMiB: number
  peakMiB: number
  exchanges: number
  mysql: number
}

export function memory(): Row[] {
  const directory = mkdtempSync(join(tmpdir(), 'querytap-bench-'))
  try {
    // as `querytap` and `npm start` do
    const args = [
      '--max-semi-space-size=2',
      program,
      join(directory, 'store.db'),
      String(connections),
      String(statements),
      '10000',
    ]
    const { stdout, status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1 << 20 })
    if (status !== 0) throw new Error(stderr)
    const lines = stdout.trim().split('\n')
    const { dropped } = JSON.parse(lines.pop() ?? '') as { dropped: number }
    const steps = lines.map((line) => JSON.parse(line) as Step)
    const rss = (name: string): number => steps.find(({ step }) => step === name)?.rssMiB ?? Number.NaN
    const peak = (name: string): number => steps.find(({ step }) => step === name)?.peakMiB ?? Number.NaN
    const both = (name: string) => `${rss(name).toFixed(0)} MiB; ${peak(name).toFixed(0)}`
    const last = steps.at(-1)
    const expected = connections * (1 + statements + executions)
    if (last?.exchanges !== expected) throw new Error(`${last?.exchanges ?? 0} exchanges, not ${expected}`)
    const perConnection = ((rss('prepared') - rss('connected')) * 2 ** 20) / connections
    return [
      ['before the first connection, and the highest so far', both('idle')],
      ['10,000 connections logged in', both('connected')],
      ['each has prepared 1,000 statements', both('prepared')],
      ['the same, a connection', `${perConnection.toFixed(0)} bytes`],
      ['each has run one of them', both('executed')],
      ['each has run ten of them', both('executed ten')],
      ['the highest to the first', ratio(last.peakMiB, rss('idle'))],
      ['prepared statements not remembered', String(dropped)],
    ]
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
