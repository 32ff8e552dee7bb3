/** The totals that are still added to, each of one digest from one caller in one minute, until they are written. */
import type { Digest } from '../digest/digest-table.ts'
import type { Caller } from './caller.ts'
import type { Protocol } from './identities.ts'
import { Sample } from './sample.ts'
import { Total } from './total.ts'

/** More than these and the flush does not wait for the timer. */
export const maxTotals = 8_192

/** The totals of one caller, by the digest's number. */
export interface Group {
  readonly caller: Caller
  readonly totals: Map<number, Total>
}

export class OpenTotals {
  readonly #groups = new Map<string, Group>()
  readonly #samples = new WeakMap<Digest, Sample>()
  #count = 0
  /** Of a minute that is over. */
  #rolled: Total[] = []

  get crowded(): boolean {
    return this.#count >= maxTotals
  }

  get hasManyCallers(): boolean {
    return this.#groups.size >= maxTotals
  }

  groupOf(caller: Caller): Group {
    let group = this.#groups.get(caller.key)
    if (group === undefined) {
      group = { caller, totals: new Map() }
      this.#groups.set(caller.key, group)
    }
    return group
  }

  /** @param old the group's total of this digest, of a minute that is over */
  open(group: Group, digest: Digest, protocol: Protocol, minute: number, old: Total | undefined): Total {
    if (old !== undefined && old.count > 0) this.#rolled.push(old)
    if (old === undefined || old.count > 0) this.#count++
    let sample = this.#samples.get(digest)
    if (sample === undefined) {
      sample = new Sample(minute)
      this.#samples.set(digest, sample)
    } else sample.age(minute)
    const total = new Total(group.caller, digest, protocol, sample, minute)
    group.totals.set(digest.number, total)
    return total
  }

  /** Those that have something to write. */
  filled(): Total[] {
    const filled = [...this.#rolled]
    for (const { totals } of this.#groups.values())
      for (const total of totals.values()) if (total.count > 0) filled.push(total)
    return filled
  }

  /** All is written. Totals stay for their next exchanges unless they had none since they last were, or too many stay. */
  settle(): void {
    this.#rolled = []
    const { crowded } = this
    this.#count = 0
    for (const [key, { totals }] of this.#groups) {
      for (const [number, total] of totals) {
        if (crowded || total.count === 0) totals.delete(number)
        else total.clear()
      }
      this.#count += totals.size
      if (totals.size === 0) this.#groups.delete(key)
    }
  }
}
