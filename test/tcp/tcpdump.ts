/** A real tcpdump beside a test, and the records that the program makes of what it captured. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { QuerytapRecord } from '../../src/record.ts'
import { main, readRecords } from '../kernel/capture-process.ts'

const lookMs = 100
/** libpcap hands over what came up to a second late (tcpdump(8), --immediate-mode). */
const restingLooks = 15

export interface Tcpdump {
  /** @returns what tcpdump says of the packets that it missed */
  stop(): Promise<string>
}

/** @param place `ip`'s arguments for the network namespace that it runs in; none: this one's */
export async function startTcpdump(file: string, place: string[], ...filter: string[]): Promise<Tcpdump> {
  const options = ['-U', '-B', '16384', '-s', '0', '-w', file, ...filter]
  const [command, args] = place.length === 0 ? ['tcpdump', options] : ['ip', [...place, 'tcpdump', ...options]]
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  for (const since = Date.now(); !said.includes('listening'); await sleep(20)) {
    if (child.exitCode !== null || Date.now() - since > 20_000) throw new Error(`tcpdump: ${said}`)
  }
  return {
    stop: async () => {
      // it may be behind, and leaves what it has not read: the file has to come to rest first
      for (let [size, rests] = [-1, 0]; rests < restingLooks; await sleep(lookMs)) {
        const now = statSync(file).size
        rests = now === size ? rests + 1 : 0
        size = now
      }
      child.kill('SIGINT')
      await once(child, 'exit')
      return /\d+ packets dropped by kernel/.exec(said)?.[0] ?? said
    },
  }
}

export interface Replayed {
  records: QuerytapRecord[]
  stderr: string
  code: number | null
}

export function replayed(...files: string[]): Replayed {
  const run = spawnSync(process.execPath, [main, 'replay', '--slow', '0', '--json', '--keep-literals', ...files], {
    encoding: 'utf8',
    maxBuffer: 256 << 20,
  })
  return { records: readRecords(run.stdout), stderr: run.stderr, code: run.status }
}
