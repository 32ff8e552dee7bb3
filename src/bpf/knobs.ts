/** The knobs of the probes: options on their way into the object's read-only data. Mirrors `struct knobs` of probes/maps.h. */
import { QuerytapError } from '../querytap-error.ts'

export interface Knobs {
  /** Either end; empty: every port. */
  ports: number[]
  ownPid: number
  cpus: number
  /** Payload bytes copied of one request. */
  requestBudget: number
  /** Payload bytes copied of one response. */
  responseBudget: number
}

export const maxPorts = 16

/** Byte offsets. */
export const knobsLayout = {
  ports: 0,
  port_count: 32,
  own_pid: 36,
  cpus: 40,
  request_budget: 44,
  response_budget: 48,
} as const

export const knobsBytes = 64

export function writeKnobs(knobs: Knobs, memory: DataView): void {
  if (knobs.ports.length > maxPorts) {
    throw new QuerytapError('USAGE', `--port: ${knobs.ports.length} ports given, at most ${maxPorts} are filtered`)
  }
  for (const [index, port] of knobs.ports.entries()) memory.setUint16(knobsLayout.ports + 2 * index, port, true)
  memory.setUint32(knobsLayout.port_count, knobs.ports.length, true)
  memory.setUint32(knobsLayout.own_pid, knobs.ownPid, true)
  memory.setUint32(knobsLayout.cpus, knobs.cpus, true)
  memory.setUint32(knobsLayout.request_budget, knobs.requestBudget, true)
  memory.setUint32(knobsLayout.response_budget, knobs.responseBudget, true)
}
