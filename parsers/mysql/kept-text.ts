/** Bytes of a command that outlive their chunk. */
import { Buffer } from 'node:buffer'
import type { CommandInFlight } from './command-in-flight.ts'

/** Up to so many a loop over words is quicker than a view and a copy. */
const fewBytes = 160

/** Short texts share memory: one of them keeps no more alive than this. */
const sharedBytes = 8 << 10
const mostShared = sharedBytes >> 2
// asking a view for its buffer takes a call into the engine
let sharedBuffer = new ArrayBuffer(sharedBytes)
let shared = new Uint8Array(sharedBuffer)
let sharedWords = new Int32Array(sharedBuffer)
let sharedFill = 0

/** Where the last bytes lay: a ring's chunks all lie in the same memory, which is worth a look at its words. */
let lastBytes: Uint8Array | undefined
let lastWords: Int32Array | undefined
let lastOffset = 0

/** The chunk's bytes go when the call returns. */
export function copied(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const length = Math.max(0, end - start)
  if (length > mostShared) return new Uint8Array(bytes.subarray(start, end))
  // room for the whole words that the first and the last byte lie in
  if (sharedFill + length + 8 > sharedBytes) {
    sharedBuffer = new ArrayBuffer(sharedBytes)
    shared = new Uint8Array(sharedBuffer)
    sharedWords = new Int32Array(sharedBuffer)
    sharedFill = 0
  }
  const words = wordsOf(bytes)
  const at = lastOffset + start
  const from = sharedFill + (at & 3)
  if (words === undefined || length > fewBytes || (at + length + 3) >>> 2 > words.length) {
    shared.set(bytes.subarray(start, end), from)
  } else copyWords(words, at >>> 2, (at + length + 3) >>> 2)
  sharedFill = (from + length + 3) & ~3
  return new Uint8Array(sharedBuffer, from, length)
}

function copyWords(source: Int32Array, first: number, end: number): void {
  const target = sharedWords
  const shift = (sharedFill >>> 2) - first
  for (let i = first; i < end; i++) target[i + shift] = source[i] ?? 0
}

/** @returns undefined where these bytes are not in the memory that the last ones were in */
function wordsOf(bytes: Uint8Array): Int32Array | undefined {
  if (bytes !== lastBytes) {
    lastBytes = bytes
    lastWords = undefined
  } else if (lastWords === undefined) {
    lastOffset = bytes.byteOffset
    lastWords = new Int32Array(bytes.buffer, 0, bytes.buffer.byteLength >>> 2)
  }
  return lastWords
}

export function textOf({ exchange: { text } }: CommandInFlight): string | null {
  return text === null ? null : Buffer.from(text.buffer, text.byteOffset, text.length).toString('utf8')
}
