/** One writer to a store: a row that names the process, honoured while that very process lives. */
import type { Database } from 'better-sqlite3'
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { QuerytapError } from '../querytap-error.ts'

const writerRow = z.object({ pid: z.number(), processStart: z.string(), bootId: z.string() })

type Writer = z.output<typeof writerRow>

function currentBoot(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
}

/** Clock ticks since boot when the process started, so that a reused pid is another process. Undefined: no such process. */
function processStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // proc(5): the second field is the command in parentheses and may hold anything; starttime is the 22nd.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}

function lives(writer: Writer): boolean {
  return writer.bootId === currentBoot() && processStart(writer.pid) === writer.processStart
}

/** @throws QuerytapError STORE_BUSY when another living process writes to this store */
export function claim(database: Database, path: string): void {
  const self: Writer = { pid: process.pid, processStart: processStart(process.pid) ?? '', bootId: currentBoot() }
  database
    .transaction(() => {
      const row = writerRow.optional().parse(database.prepare('SELECT pid, processStart, bootId FROM writer').get())
      if (row !== undefined && lives(row)) {
        throw new QuerytapError('STORE_BUSY', `open store ${path}: process ${row.pid} is writing to it`, {
          hint: 'stop that capture, or give this one another --store',
        })
      }
      database.prepare('REPLACE INTO writer VALUES (1, @pid, @processStart, @bootId)').run(self)
    })
    .immediate()
}

export function release(database: Database): void {
  database.prepare('DELETE FROM writer WHERE pid = ?').run(process.pid)
}
