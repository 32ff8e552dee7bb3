/** Bytes of a command that outlive their chunk. */
import { Buffer } from 'node:buffer'
import type { CommandInFlight } from './command-in-flight.ts'

/** The chunk's bytes go when the call returns. Short texts share Node's pool. */
export function copied(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const copy = Buffer.allocUnsafe(Math.max(0, end - start))
  copy.set(bytes.subarray(start, end))
  return copy
}

export function textOf({ exchange: { text } }: CommandInFlight): string | null {
  return text === null ? null : Buffer.from(text.buffer, text.byteOffset, text.length).toString('utf8')
}
