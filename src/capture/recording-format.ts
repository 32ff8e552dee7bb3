/**
 * The recording: raw events in a file. Layout, all little endian and padded to 8 bytes: magic 8, then frames of kind 4,
 * length 4 and payload. The first frame is the header, the last the footer; a file without a footer was cut.
 */
import { z } from 'zod'

export const magic = Uint8Array.from([0x51, 0x54, 0x41, 0x50, 0x0d, 0x0a, 0x1a, 0x0a]) // QTAP, and what a text transfer would break

export const frameKind = { header: 1, event: 2, identity: 3, footer: 4 } as const

export const frameHeaderBytes = 8
/** The format's version: files of a later one are refused. */
export const formatVersion = 1
/** No frame is longer: an event carries 16 KiB of payload at most. */
export const longestFrame = 64 << 10

export const paddedLength = (length: number): number => (length + 7) & ~7

export const headerSchema = z.object({
  version: z.number().int(),
  /** CLOCK_MONOTONIC at time 0, nanoseconds. */
  beganNs: z.number().int(),
  /** Nanoseconds since 1970 at time 0, in decimal. */
  epochNs: z.string().regex(/^\d+$/),
  kernel: z.string(),
  attachMode: z.string(),
})

export type RecordingHeader = z.output<typeof headerSchema>

const nullableText = z.string().nullable()

/** Stands in front of the open event of the connection whose process it names. */
export const identitySchema = z.object({
  pid: z.number().int(),
  comm: nullableText,
  container: nullableText,
  pod: nullableText,
  namespace: nullableText,
  workload: z.null(),
  node: nullableText,
})

export const footerSchema = z.object({
  /** When the capture stopped, nanoseconds since time 0. */
  at: z.number().int(),
  losses: z.record(z.string(), z.number()),
})
