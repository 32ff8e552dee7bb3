/** Writes packets as capture files of every form. */
import { Buffer } from 'node:buffer'

export interface CapturedPacket {
  frame: Buffer
  /** Nanoseconds since 1970. */
  at: bigint
  /** On the wire, where the capture cut it. */
  wireLength?: number
  /** Of pcapng. */
  interface?: number
}

type Order = 'little' | 'big'

class Fields {
  readonly #parts: Buffer[] = []
  readonly #little: boolean

  constructor(order: Order) {
    this.#little = order === 'little'
  }

  half(value: number): this {
    const bytes = Buffer.alloc(2)
    if (this.#little) bytes.writeUInt16LE(value)
    else bytes.writeUInt16BE(value)
    return this.add(bytes)
  }

  word(value: number): this {
    const bytes = Buffer.alloc(4)
    if (this.#little) bytes.writeUInt32LE(value)
    else bytes.writeUInt32BE(value)
    return this.add(bytes)
  }

  wide(value: bigint): this {
    const bytes = Buffer.alloc(8)
    if (this.#little) bytes.writeBigInt64LE(value)
    else bytes.writeBigInt64BE(value)
    return this.add(bytes)
  }

  /** Padded to 4. */
  padded(bytes: Buffer): this {
    return this.add(bytes, Buffer.alloc(-bytes.length & 3))
  }

  add(...parts: Buffer[]): this {
    this.#parts.push(...parts)
    return this
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#parts)
  }
}

export function pcap(
  packets: CapturedPacket[],
  { linkType = 1, order = 'little', unitNs = 1000 }: { linkType?: number; order?: Order; unitNs?: 1 | 1000 } = {},
): Buffer {
  const magic = unitNs === 1 ? 0xa1b23c4d : 0xa1b2c3d4
  const file = new Fields(order).word(magic).half(2).half(4).word(0).word(0).word(262_144).word(linkType)
  for (const { frame, at, wireLength = frame.length } of packets) {
    file.word(Number(at / 1_000_000_000n)).word(Number((at % 1_000_000_000n) / BigInt(unitNs)))
    file.word(frame.length).word(wireLength).add(frame)
  }
  return file.bytes
}

export function block(order: Order, type: number, body: Buffer): Buffer {
  const length = body.length + 12
  return new Fields(order).word(type).word(length).add(body).word(length).bytes
}

export interface WrittenInterface {
  linkType: number
  /** A power of ten, or of two with the highest bit set. */
  resolution?: number
  offsetSeconds?: bigint
}

function sectionStart(order: Order): Buffer {
  const fields = new Fields(order).word(0x1a2b3c4d).half(1).half(0).wide(-1n)
  return block(order, 0x0a0d0d0a, fields.bytes)
}

function interfaceBlock(order: Order, { linkType, resolution, offsetSeconds }: WrittenInterface): Buffer {
  const fields = new Fields(order).half(linkType).half(0).word(0)
  // a name first, as an option that is not looked at
  fields.half(2).half(5).padded(Buffer.from('veth0'))
  if (resolution !== undefined) fields.half(9).half(1).padded(Buffer.of(resolution))
  if (offsetSeconds !== undefined) fields.half(14).half(8).wide(offsetSeconds)
  return block(order, 1, fields.half(0).half(0).bytes)
}

/** By kind of packet block. */
export type PacketBlock = 'enhanced' | 'old' | 'simple'

/** One section. */
export function pcapng(
  packets: CapturedPacket[],
  interfaces: WrittenInterface[],
  { order = 'little', as = 'enhanced' }: { order?: Order; as?: PacketBlock } = {},
): Buffer {
  const blocks = [sectionStart(order), ...interfaces.map((each) => interfaceBlock(order, each))]
  // a name resolution block, and one of a kind that nobody knows
  blocks.push(block(order, 4, Buffer.alloc(4)), block(order, 0x0bad, Buffer.alloc(20, 7)))
  for (const packet of packets) blocks.push(packetBlock(order, as, packet, interfaces))
  return Buffer.concat(blocks)
}

function packetBlock(order: Order, as: PacketBlock, packet: CapturedPacket, interfaces: WrittenInterface[]): Buffer {
  const { frame, at, wireLength = frame.length, interface: index = 0 } = packet
  if (as === 'simple') return block(order, 3, new Fields(order).word(wireLength).padded(frame).bytes)
  const { resolution = 6, offsetSeconds = 0n } = interfaces[index] ?? { linkType: 0 }
  const exponent = BigInt(resolution & 0x7f)
  const perSecond = (resolution & 0x80) === 0 ? 10n ** exponent : 2n ** exponent
  const ticks = ((at - offsetSeconds * 1_000_000_000n) * perSecond) / 1_000_000_000n
  const fields = new Fields(order)
  if (as === 'old') fields.half(index).half(0)
  else fields.word(index)
  fields
    .word(Number(ticks >> 32n))
    .word(Number(ticks & 0xffffffffn))
    .word(frame.length)
    .word(wireLength)
  return block(order, as === 'old' ? 2 : 6, fields.padded(frame).bytes)
}
