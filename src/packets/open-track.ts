/** Opens a capture file: what it is tells its content, packed or not, and never its name. */
import { type RecordedCapture } from '../capture/recorded-capture.ts'
import type { RecordingHeader } from '../capture/recording-format.ts'
import { isRecording, RecordingTrack } from '../capture/recording-reader.ts'
import { QuerytapError } from '../querytap-error.ts'
import { type ByteSource, openBytes } from './byte-source.ts'
import type { Dissector } from './dissector.ts'
import type { Paths } from './paths.ts'
import { pcapForm, PcapTrack } from './pcap.ts'
import { PcapngTrack, sectionHeader } from './pcapng.ts'
import type { Track } from './track.ts'
import { GunzipBytes, ZstdBytes } from './unpacked-bytes.ts'
import { Window } from './window.ts'

/** Where the content of capture files goes. */
export interface TrackSinks {
  dissector: Dissector
  paths: Paths
  captureOf: (header: RecordingHeader) => RecordedCapture
  /** What a file holds and cannot be read, although the rest can. */
  onProblem: (text: string) => void
}

/** Enough to tell every kind of file. */
const magicBytes = 12
/** A packed file in a packed file, and so on, at most. */
const mostPackings = 3

const gzipMagic = 0x8b1f
const zstdMagic = 0xfd2fb528
/** Frames to be skipped (RFC 8878, 3.1.2) have one of sixteen. */
const zstdSkippable = 0x184d2a5

export class NoCapture extends QuerytapError {
  constructor({ name }: ByteSource, reason: string) {
    super('CAPTURE', `read ${name}: ${reason}`, {
      hint: 'captures are made by querytap record FILE, or by tcpdump -w FILE and its like (pcap, pcapng)',
    })
  }
}

/** Throws a QuerytapError where the file cannot be opened or is no capture; then it is closed. */
export async function openTrack(path: string, sinks: TrackSinks): Promise<Track> {
  let source = openBytes(path)
  try {
    for (let packings = 0; ; packings++) {
      const window = new Window(source)
      if (!window.has(magicBytes)) await window.fill()
      const first = window.bytes.subarray(window.start, window.end)
      const unpacked = packings < mostPackings ? unpack(source, first) : undefined
      if (unpacked === undefined) return trackOf(window, first, sinks)
      source = unpacked
    }
  } catch (error) {
    source.close()
    throw error
  }
}

function unpack(source: ByteSource, first: Buffer): ByteSource | undefined {
  if (first.length < 4) return undefined
  if (first.readUInt16LE() === gzipMagic) return new GunzipBytes(source, first)
  const word = first.readUInt32LE()
  if (word === zstdMagic || word >>> 4 === zstdSkippable) return new ZstdBytes(source, first)
  return undefined
}

function trackOf(window: Window, first: Buffer, sinks: TrackSinks): Track {
  const { source } = window
  if (isRecording(first)) return new RecordingTrack(window, sinks.captureOf)
  const form = pcapForm(first)
  if (form !== undefined) return new PcapTrack(window, form, sinks.dissector, sinks.paths.interface())
  if (first.length >= 4 && first.readUInt32LE() === sectionHeader) {
    return new PcapngTrack(window, sinks.dissector, sinks.paths, sinks.onProblem)
  }
  throw new NoCapture(source, first.length === 0 ? (source.damage ?? 'it is empty') : 'it is no capture file')
}
