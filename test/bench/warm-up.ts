/**
 * A capture runs for days. Before its turn it has been under load, with connections that come and go, until the engine has compiled
 * what they need: that takes it ten to twenty seconds of a processor that others want too.
 */
import type { Sent } from './table.ts'

const loads = 8

/** @param load of a few seconds, with connections of its own. @returns how many exchanges it sent */
export function warmUp(load: () => Sent): number {
  let sent = 0
  for (let i = 0; i < loads; i++) sent += load().exchanges
  return sent
}
