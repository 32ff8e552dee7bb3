/** The priority of a capture: of all its threads. */
import { readdirSync, readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import t from 'tap'
import { prioritise } from '../../src/capture/priority.ts'

/** proc(5), /proc/pid/task/tid/stat: nice is field 19. */
function priorities(): number[] {
  const stats = readdirSync('/proc/self/task').map((thread) => readFileSync(`/proc/self/task/${thread}/stat`, 'utf8'))
  return stats.map((stat) => Number(stat.replace(/^.*\) /s, '').split(' ')[16]))
}

void t.test("every thread has the priority, the engine's own too", (t) => {
  const nice = getPriority() + 1
  t.ok(priorities().length > 1, 'there are several')
  prioritise(nice)
  t.same(new Set(priorities()), new Set([nice]))
  t.end()
})
