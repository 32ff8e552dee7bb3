/** Processor time of a process, all its threads together. */
import { readFileSync } from 'node:fs'

/** Since it began. proc(5), /proc/pid/stat: utime and stime are fields 14 and 15, in hundredths; the name before them may hold anything. */
export function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}
