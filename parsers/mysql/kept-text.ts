/** Bytes of a command that outlive their chunk. */
import { Buffer } from 'node:buffer'
import type { CommandInFlight } from './command-in-flight.ts'

/** Below it a loop is quicker than a view and a copy. */
const fewBytes = 64

/** The chunk's bytes go when the call returns. Short texts share Node's pool. */
export function copied(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const length = Math.max(0, end - start)
  const copy = Buffer.allocUnsafe(length)
  if (length > fewBytes) copy.set(bytes.subarray(start, end))
  else for (let i = 0; i < length; i++) copy[i] = bytes[start + i] ?? 0
  return copy
}

export function textOf({ exchange: { text } }: CommandInFlight): string | null {
  return text === null ? null : Buffer.from(text.buffer, text.byteOffset, text.length).toString('utf8')
}
