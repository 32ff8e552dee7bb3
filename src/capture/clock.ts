/** The two clocks of a capture: the monotonic one that events carry, and the wall clock at the capture's time 0. */

export interface CaptureClock {
  /** CLOCK_MONOTONIC at time 0, in nanoseconds. */
  beganNs: number
  /** Nanoseconds since 1970 at time 0. */
  epochNs: bigint
}

/** Time 0 is now. The wall clock is read between two monotonic readings and placed in their middle. */
export function startClock(): CaptureClock {
  const before = process.hrtime.bigint()
  const wall = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e3)) * 1000n
  const after = process.hrtime.bigint()
  const began = (before + after) / 2n
  return { beganNs: Number(began), epochNs: wall }
}

/** Nanoseconds since the capture's time 0. */
export function sinceStart(clock: CaptureClock): number {
  return Number(process.hrtime.bigint()) - clock.beganNs
}
