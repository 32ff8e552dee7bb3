/** Bytes of a command that outlive their chunk. */
import { Buffer } from 'node:buffer'
import type { CommandInFlight } from './command-in-flight.ts'

/** Below it a loop is quicker than a view and a copy. */
const fewBytes = 64

/** Short texts share memory: one of them keeps no more alive than this. */
const sharedBytes = 8 << 10
const mostShared = sharedBytes >> 2
// asking a view for its buffer takes a call into the engine
let sharedBuffer = new ArrayBuffer(sharedBytes)
let shared = new Uint8Array(sharedBuffer)
let sharedFill = 0

/** The chunk's bytes go when the call returns. */
export function copied(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const length = Math.max(0, end - start)
  if (length > mostShared) return new Uint8Array(bytes.subarray(start, end))
  if (sharedFill + length > sharedBytes) {
    sharedBuffer = new ArrayBuffer(sharedBytes)
    shared = new Uint8Array(sharedBuffer)
    sharedFill = 0
  }
  const from = sharedFill
  sharedFill += length
  if (length > fewBytes) shared.set(bytes.subarray(start, end), from)
  else for (let i = 0; i < length; i++) shared[from + i] = bytes[start + i] ?? 0
  return new Uint8Array(sharedBuffer, from, length)
}

export function textOf({ exchange: { text } }: CommandInFlight): string | null {
  return text === null ? null : Buffer.from(text.buffer, text.byteOffset, text.length).toString('utf8')
}
