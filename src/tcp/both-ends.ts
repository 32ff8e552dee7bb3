/** Both ends of a connection as one number. */

/** Of two endpoints, whichever sends. Endpoints are fewer than 2^26: the product is exact. */
export function keyOf(one: number, other: number): number {
  return one < other ? one * 67_108_864 + other : other * 67_108_864 + one
}
