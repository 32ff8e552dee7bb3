/** Instants: wall-clock nanoseconds since 1970 as BigInt, and RFC 3339 with nine decimals. */

const nsPerSecond = 1_000_000_000n

/** `2026-05-01T12:00:00.123456789Z` */
export function instantText(ns: bigint): string {
  const fraction = ((ns % nsPerSecond) + nsPerSecond) % nsPerSecond
  const seconds = new Date(Number((ns - fraction) / 1_000_000n)).toISOString().slice(0, 19)
  return `${seconds}.${fraction.toString().padStart(9, '0')}Z`
}

export function instantNs(date: Date): bigint {
  return BigInt(date.getTime()) * 1_000_000n
}
