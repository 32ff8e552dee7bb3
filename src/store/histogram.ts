/**
 * A latency histogram that merges: logarithmic buckets, 64 to an octave, whose number is read off the bits of the
 * duration as a double. A quantile is at most 1/129 (0.78 %) away from the value that was added.
 */

const bucketsPerOctave = 64
/** The 20 low bits of a double's high word are mantissa; 6 of them number the bucket within its octave. */
const mantissaShift = 14
/** Bucket of 1 ns, less one: bucket 0 holds what is shorter than that. */
const firstBucket = (1023 << 6) - 1
const formatVersion = 1
/** Of a histogram that has one bucket: most totals never see another, and there are thousands. */
const none = new Uint32Array(0)

const double = new Float64Array(1)
const doubleWords = new Uint32Array(double.buffer)

/** @param ns 0 or more */
export function bucketOf(ns: number): number {
  if (!(ns >= 1)) return 0
  double[0] = ns
  return ((doubleWords[1] ?? 0) >>> mantissaShift) - firstBucket
}

/** The value, in ns, nearest in proportion to both bounds of a bucket. */
export function valueOf(bucket: number): number {
  if (bucket <= 0) return 0
  const { low, high } = boundsOf(bucket)
  return (2 * low * high) / (low + high)
}

/** A bucket holds `low ≤ ns < high`. */
export function boundsOf(bucket: number): { low: number; high: number } {
  if (bucket <= 0) return { low: 0, high: 1 }
  const octave = Math.floor((bucket - 1) / bucketsPerOctave)
  const step = (bucket - 1) % bucketsPerOctave
  const base = 2 ** octave
  return { low: base * (1 + step / bucketsPerOctave), high: base * (1 + (step + 1) / bucketsPerOctave) }
}

export class Histogram {
  count = 0
  /** Bucket of `#counts[0]`; where there is none, of all values. */
  #offset = 0
  #counts = none

  add(ns: number): void {
    const bucket = bucketOf(ns)
    const index = bucket - this.#offset
    if (index < 0 || index >= this.#counts.length) this.#addTo(bucket, 1)
    else {
      this.#counts[index] = (this.#counts[index] ?? 0) + 1
      this.count++
    }
  }

  #addTo(bucket: number, times: number): void {
    if (this.#counts === none) {
      if (this.count === 0 || bucket === this.#offset) {
        this.#offset = bucket
        this.count += times
        return
      }
      const only = this.#offset
      this.#reach(only)
      this.#counts[only - this.#offset] = this.count
    }
    this.#reach(bucket)
    const index = bucket - this.#offset
    this.#counts[index] = (this.#counts[index] ?? 0) + times
    this.count += times
  }

  /** Makes room for a bucket, in whole octaves' quarters so that growing is rare. */
  #reach(bucket: number): void {
    const step = bucketsPerOctave / 4
    const end = this.#offset + this.#counts.length
    if (this.#counts.length > 0 && bucket >= this.#offset && bucket < end) return
    const from = Math.floor(bucket / step) * step
    const low = this.#counts.length === 0 ? from : Math.min(this.#offset, from)
    const high = Math.max(end, from + step)
    const grown = new Uint32Array(high - low)
    if (this.#counts.length > 0) grown.set(this.#counts, this.#offset - low)
    this.#counts = grown
    this.#offset = low
  }

  merge(other: Histogram): void {
    for (const [bucket, times] of other.buckets()) this.#addTo(bucket, times)
  }

  /** Empties the buckets and keeps their memory. */
  clear(): void {
    this.#counts.fill(0)
    this.count = 0
  }

  /** Buckets that hold something, in ascending order, with their counts. */
  *buckets(): Generator<[bucket: number, times: number]> {
    if (this.#counts === none && this.count > 0) yield [this.#offset, this.count]
    for (let i = 0; i < this.#counts.length; i++) {
      const times = this.#counts[i] ?? 0
      if (times > 0) yield [this.#offset + i, times]
    }
  }

  /** @param share 0 to 1. @returns ns: the duration that this share of the values does not exceed; null when empty */
  quantile(share: number): number | null {
    if (this.count === 0) return null
    const rank = Math.max(1, Math.ceil(share * this.count))
    let passed = 0
    for (const [bucket, times] of this.buckets()) {
      passed += times
      if (passed >= rank) return valueOf(bucket)
    }
    return null
  }

  /** A version byte, then for each filled bucket the distance from the one before and its count, as LEB128. */
  encode(): Buffer {
    const bytes = [formatVersion]
    let last = 0
    for (const [bucket, times] of this.buckets()) {
      pushVarint(bytes, bucket - last)
      pushVarint(bytes, times)
      last = bucket
    }
    return Buffer.from(bytes)
  }

  /** Adds what another histogram's {@link encode} gave. @throws RangeError for bytes that are no histogram */
  mergeEncoded(bytes: Uint8Array): void {
    checkVersion(bytes)
    const cursor = { at: 1 }
    let bucket = 0
    while (cursor.at < bytes.length) {
      bucket += readVarint(bytes, cursor)
      this.#addTo(bucket, readVarint(bytes, cursor))
    }
  }
}

/** Where {@link mergedEncodings} writes: grows to the largest histogram there is. */
let merging = Buffer.alloc(4096)
/** A bucket's distance and count, in 7-bit groups, take no more. */
const longestPair = 3 + 8

/** What merging two encoded histograms gives, encoded: without making either of them. @throws RangeError for bytes that are no histogram */
export function mergedEncodings(left: Uint8Array, right: Uint8Array): Buffer {
  checkVersion(left)
  checkVersion(right)
  const most = (left.length + right.length) * longestPair
  if (merging.length < most) merging = Buffer.alloc(most)
  const l = { at: 1 }
  const r = { at: 1 }
  let length = 1
  let last = 0
  merging[0] = formatVersion
  let leftBucket = left.length > 1 ? readVarint(left, l) : Infinity
  let rightBucket = right.length > 1 ? readVarint(right, r) : Infinity
  while (leftBucket !== Infinity || rightBucket !== Infinity) {
    const bucket = Math.min(leftBucket, rightBucket)
    let times = 0
    if (leftBucket === bucket) {
      times += readVarint(left, l)
      leftBucket = l.at < left.length ? leftBucket + readVarint(left, l) : Infinity
    }
    if (rightBucket === bucket) {
      times += readVarint(right, r)
      rightBucket = r.at < right.length ? rightBucket + readVarint(right, r) : Infinity
    }
    length = writeVarint(merging, length, bucket - last)
    length = writeVarint(merging, length, times)
    last = bucket
  }
  return Buffer.from(merging.subarray(0, length))
}

function checkVersion(bytes: Uint8Array): void {
  if (bytes[0] !== formatVersion) throw new RangeError(`decode histogram: unknown format ${bytes[0] ?? 'none'}`)
}

/** @returns where to go on */
function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  while (value >= 0x80) {
    bytes[at++] = (value & 0x7f) | 0x80
    value = Math.floor(value / 0x80)
  }
  bytes[at++] = value
  return at
}

function pushVarint(bytes: number[], value: number): void {
  while (value >= 0x80) {
    bytes.push((value & 0x7f) | 0x80)
    value = Math.floor(value / 0x80)
  }
  bytes.push(value)
}

function readVarint(bytes: Uint8Array, cursor: { at: number }): number {
  const first = bytes[cursor.at]
  if (first !== undefined && first < 0x80) {
    cursor.at++
    return first
  }
  let value = 0
  for (let scale = 1; ; scale *= 0x80) {
    const byte = bytes[cursor.at++]
    if (byte === undefined || scale > 2 ** 49) throw new RangeError('decode histogram: bytes end in a number')
    value += (byte & 0x7f) * scale
    if (byte < 0x80) return value
  }
}
