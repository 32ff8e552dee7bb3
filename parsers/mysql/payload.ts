/** A cursor over one packet's payload: the protocol's basic data types. Reading past what was kept gives undefined. */
import { Buffer } from 'node:buffer'

export class Payload {
  readonly bytes: Uint8Array
  offset: number
  readonly end: number

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = bytes
    this.offset = start
    this.end = end
  }

  get left(): number {
    return this.end - this.offset
  }

  /** Protocol::FixedLengthInteger of 1 to 6 bytes, little endian. */
  integer(size: number): number | undefined {
    if (this.left < size) return undefined
    let value = 0
    for (let i = size - 1; i >= 0; i--) value = value * 256 + (this.bytes[this.offset + i] ?? 0)
    this.offset += size
    return value
  }

  /** Protocol::LengthEncodedInteger. Above 2^53 − 1 a decimal string of the exact value. */
  lengthEncoded(): number | string | undefined {
    const first = this.integer(1)
    if (first === undefined || first < 0xfb) return first
    if (first === 0xfc) return this.integer(2)
    if (first === 0xfd) return this.integer(3)
    if (first !== 0xfe || this.left < 8) return undefined
    const value = Buffer.from(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length).readBigUInt64LE(this.offset)
    this.offset += 8
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value.toString()
  }

  /** A length-encoded integer that counts something in memory. */
  length(): number | undefined {
    const value = this.lengthEncoded()
    return typeof value === 'number' ? value : undefined
  }

  /** Protocol::LengthEncodedString. */
  lengthEncodedText(): string | undefined {
    const length = this.length()
    return length === undefined ? undefined : this.text(length)
  }

  /** Protocol::NulTerminatedString. */
  nulTerminatedText(): string | undefined {
    // not indexOf: the bytes go on behind the payload, perhaps for megabytes
    let nul = this.offset
    while (nul < this.end && this.bytes[nul] !== 0) nul++
    if (nul >= this.end) return undefined
    const text = this.text(nul - this.offset)
    this.offset = nul + 1
    return text
  }

  text(length: number): string | undefined {
    if (length > this.left) return undefined
    const text = Buffer.from(this.bytes.buffer, this.bytes.byteOffset + this.offset, length).toString('utf8')
    this.offset += length
    return text
  }

  /** The next bytes, for numbers of a certain form. */
  view(length: number): DataView | undefined {
    if (length > this.left) return undefined
    const view = new DataView(this.bytes.buffer, this.bytes.byteOffset + this.offset, length)
    this.offset += length
    return view
  }

  /** @returns false where fewer are left */
  skip(length: number): boolean {
    if (length > this.left) return false
    this.offset += length
    return true
  }
}
