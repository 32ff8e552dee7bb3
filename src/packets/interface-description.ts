/** A pcapng interface: its link type, and its clock's resolution and offset. */
import { optionsOf, wideOption } from './pcapng-options.ts'
import { TickClock } from './tick-clock.ts'

const option = { resolution: 9, offset: 14 } as const
const microseconds = 6

export interface PcapngInterface {
  linkType: number
  /** Bytes of a packet that are captured at most; 0: no limit. */
  snapLength: number
  clock: TickClock
  path: number
  /** That its link type is not known was said. */
  told: boolean
  /** Packets that it dropped, as it last stated. */
  drops: number
}

/** @param body link type 2, reserved 2, snap length 4, options. @returns undefined where it is too short */
export function interfaceOf(body: Buffer, littleEndian: boolean, path: number): PcapngInterface | undefined {
  if (body.length < 8) return undefined
  const options = optionsOf(body.subarray(8), littleEndian)
  const resolution = options.get(option.resolution)?.[0] ?? microseconds
  return {
    linkType: littleEndian ? body.readUInt16LE() : body.readUInt16BE(),
    snapLength: littleEndian ? body.readUInt32LE(4) : body.readUInt32BE(4),
    clock: new TickClock(resolution, wideOption(options.get(option.offset), littleEndian) ?? 0n),
    path,
    told: false,
    drops: 0,
  }
}
