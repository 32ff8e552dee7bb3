/** The latency histogram's promises: quantiles within 1 %, and merging is the same as adding everything to one. */
import fc from 'fast-check'
import t from 'tap'
import { boundsOf, bucketOf, Histogram, mergedEncodings, valueOf } from '../../src/store/histogram.ts'

const relativeError = 0.01
const duration = fc.oneof(fc.integer({ min: 1, max: 1000 }), fc.double({ min: 1, max: 1e15, noNaN: true }))
const durations = fc.array(duration, { minLength: 1, maxLength: 300 })

function histogramOf(all: readonly number[]): Histogram {
  const histogram = new Histogram()
  for (const each of all) histogram.add(each)
  return histogram
}

void t.test('a bucket holds what lies between its bounds, and its value is within 1 % of all of it', async () => {
  fc.assert(
    fc.property(duration, (ns) => {
      const { low, high } = boundsOf(bucketOf(ns))
      const value = valueOf(bucketOf(ns))
      return low <= ns && ns < high && Math.abs(value - ns) <= relativeError * ns
    }),
    { numRuns: 5000 },
  )
})

void t.test('every quantile is within 1 % of the exact one', async () => {
  fc.assert(
    fc.property(durations, fc.double({ min: 0, max: 1, noNaN: true }), (all, share) => {
      const sorted = [...all].sort((a, b) => a - b)
      const exact = sorted[Math.max(1, Math.ceil(share * all.length)) - 1] ?? 0
      const quantile = histogramOf(all).quantile(share) ?? Number.NaN
      return Math.abs(quantile - exact) <= relativeError * exact
    }),
    { numRuns: 1000 },
  )
})

void t.test('parts merged, or written and read again, are the whole', async (t) => {
  fc.assert(
    fc.property(durations, durations, (one, other) => {
      const whole = histogramOf([...one, ...other])
      const merged = histogramOf(one)
      merged.merge(histogramOf(other))
      const read = new Histogram()
      read.mergeEncoded(histogramOf(other).encode())
      read.mergeEncoded(histogramOf(one).encode())
      t.strictSame([...merged.buckets()], [...whole.buckets()])
      t.strictSame([...read.buckets()], [...whole.buckets()])
      const encoded = mergedEncodings(histogramOf(one).encode(), histogramOf(other).encode())
      t.ok(encoded.equals(whole.encode()))
      t.ok(mergedEncodings(encoded, new Histogram().encode()).equals(encoded))
      return merged.count === whole.count && read.count === whole.count
    }),
    { numRuns: 100 },
  )
})

void t.test('an empty histogram has no quantile, a duration of 0 counts, and clearing keeps nothing', async (t) => {
  const histogram = new Histogram()
  t.equal(histogram.quantile(0.5), null)
  histogram.add(0)
  t.equal(histogram.quantile(0.5), 0)
  histogram.clear()
  t.equal(histogram.count, 0)
  t.strictSame([...histogram.buckets()], [])
})

void t.test('bytes that are no histogram are refused', async (t) => {
  t.throws(() => new Histogram().mergeEncoded(Uint8Array.of(9)), RangeError)
  t.throws(() => new Histogram().mergeEncoded(Uint8Array.of(1, 0x80)), RangeError)
  t.throws(() => mergedEncodings(Uint8Array.of(1), Uint8Array.of(9)), RangeError)
  t.throws(() => mergedEncodings(Uint8Array.of(1, 0x80), Uint8Array.of(1)), RangeError)
  t.throws(() => mergedEncodings(Uint8Array.of(1, 2), Uint8Array.of(1)), RangeError)
})
