/**
 * The recording: raw events in a file. Layout, all little endian and padded to 8 bytes: magic 8, then frames of kind 4,
 * length 4 and payload. The first frame is the header, the last the footer; a file without a footer was cut. A file may be
 * packed with gzip, one member for each block that was written, so that a cut file is whole up to its last block.
 */
import { z } from 'zod'

export const magic = Uint8Array.from([0x51, 0x54, 0x41, 0x50, 0x0d, 0x0a, 0x1a, 0x0a]) // QTAP, and what a text transfer would break

/** `continued` is the open event of a connection that an earlier part of the recording has, said again. */
export const frameKind = { header: 1, event: 2, identity: 3, footer: 4, continued: 5 } as const

export const frameHeaderBytes = 8
/** The format's version: files of a later one are refused. 1 had no parts, 2 no unix-domain sockets. */
export const formatVersion = 3
/** No frame is longer: an event carries 16 KiB of payload at most. */
export const longestFrame = 64 << 10

export const paddedLength = (length: number): number => (length + 7) & ~7

export const headerSchema = z.object({
  version: z.number().int(),
  /** CLOCK_MONOTONIC at time 0, nanoseconds. */
  beganNs: z.number().int(),
  /** Nanoseconds since 1970 at time 0, in decimal. */
  epochNs: z.string().regex(/^\d{1,19}$/),
  kernel: z.string(),
  attachMode: z.string(),
  /** The same in all parts of one recording. */
  capture: z.string().nullable().default(null),
  /** Of the recording, from 1. */
  part: z.number().int().default(1),
})

export type RecordingHeader = z.output<typeof headerSchema>

const nullableText = z.string().nullable()

const processSchema = z.object({
  pid: z.number().int(),
  comm: nullableText,
  container: nullableText,
  pod: nullableText,
  namespace: nullableText,
  workload: z.null(),
  node: nullableText,
})

/** Stands in front of the open event of the connection whose process it names, and its peer's where that is known. */
export const identitySchema = processSchema.extend({ peer: processSchema.nullable().default(null) })

export const footerSchema = z.object({
  /** When the part ends, nanoseconds since time 0. */
  at: z.number().int(),
  /** What was lost during this part. */
  losses: z.record(z.string(), z.number()),
})
