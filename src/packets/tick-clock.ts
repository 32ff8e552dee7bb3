/** A pcapng interface's clock: 64-bit ticks in a resolution of its own, told as nanoseconds since the timeline's time 0. */

const nsPerSecond = 1_000_000_000n

export class TickClock {
  readonly #ticksPerSecond: bigint
  readonly #nsPerTick: number
  readonly #offsetNs: bigint
  /** Ticks at or right before time 0, and how far from it they are. */
  #baseHigh = 0
  #baseLow = 0
  #baseNs = 0

  /**
   * @param resolution a power of ten by which a second is divided, or of two with its highest bit set
   * @param offset seconds to add
   */
  constructor(resolution: number, offset: bigint) {
    const exponent = BigInt(resolution & 0x7f)
    this.#ticksPerSecond = (resolution & 0x80) === 0 ? 10n ** exponent : 2n ** exponent
    this.#nsPerTick = 1e9 / Number(this.#ticksPerSecond)
    this.#offsetNs = offset * nsPerSecond
  }

  begin(epochNs: bigint): void {
    const exact = ((epochNs - this.#offsetNs) * this.#ticksPerSecond) / nsPerSecond
    const ticks = exact < 0n ? 0n : exact
    this.#baseHigh = Number(ticks >> 32n)
    this.#baseLow = Number(ticks & 0xffffffffn)
    this.#baseNs = Number((ticks * nsPerSecond) / this.#ticksPerSecond + this.#offsetNs - epochNs)
  }

  /** Nanoseconds since time 0; exact as long as the ticks since then fit 53 bits. */
  since(high: number, low: number): number {
    return ((high - this.#baseHigh) * 4294967296 + (low - this.#baseLow)) * this.#nsPerTick + this.#baseNs
  }

  /** Nanoseconds since 1970. */
  instant(high: number, low: number): bigint {
    const ticks = (BigInt(high) << 32n) | BigInt(low)
    return (ticks * nsPerSecond) / this.#ticksPerSecond + this.#offsetNs
  }
}
