/** A time range in equal steps, so many as a chart has room for. */

/** Seconds; each divides a day or is a multiple of one, and totals know minutes. */
const steps = [1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 720, 1440, 2880, 7200, 14_400, 43_200, 129_600].map(
  (minutes) => minutes * 60,
)

export interface TimeLine {
  /** Seconds since 1970 of the first step's beginning. */
  readonly fromSecond: number
  readonly stepSeconds: number
  readonly length: number
}

/** @param leastSeconds how exact the totals in the range are. @param most steps */
export function timeLineOf(fromNs: bigint, toNs: bigint, leastSeconds: number, most: number): TimeLine {
  const from = Number(fromNs / 1_000_000_000n)
  const to = Number(toNs / 1_000_000_000n)
  for (const stepSeconds of steps) {
    if (stepSeconds < leastSeconds) continue
    const fromSecond = Math.floor(from / stepSeconds) * stepSeconds
    const length = Math.floor(to / stepSeconds) - fromSecond / stepSeconds + 1
    if (length <= most) return { fromSecond, stepSeconds, length }
  }
  return { fromSecond: from, stepSeconds: Math.max(1, to - from), length: 1 }
}

/** @returns which step; undefined outside the line */
export function stepOf({ fromSecond, stepSeconds, length }: TimeLine, second: number): number | undefined {
  const step = Math.floor((second - fromSecond) / stepSeconds)
  return step >= 0 && step < length ? step : undefined
}
