/** The knobs of the probes: options on their way into the object's read-only data. Mirrors `struct knobs` of probes/maps.h. */

export interface Knobs {
  ownPid: number
  cpus: number
  /** Payload bytes copied of one request. */
  requestBudget: number
  /** Payload bytes copied of one response. */
  responseBudget: number
  /** The kernel preempts its own code: a program may be left out of a call. */
  preempts: boolean
}

/** Byte offsets. */
export const knobsLayout = { own_pid: 0, cpus: 4, request_budget: 8, response_budget: 12, preempts: 16 } as const

export const knobsBytes = 24

export function writeKnobs(knobs: Knobs, memory: DataView): void {
  memory.setUint32(knobsLayout.own_pid, knobs.ownPid, true)
  memory.setUint32(knobsLayout.cpus, knobs.cpus, true)
  memory.setUint32(knobsLayout.request_budget, knobs.requestBudget, true)
  memory.setUint32(knobsLayout.response_budget, knobs.responseBudget, true)
  memory.setUint32(knobsLayout.preempts, Number(knobs.preempts), true)
}
