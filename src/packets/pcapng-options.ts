/** The options at a pcapng block's end: code 2, length 2, value, padded to 4; code 0 ends them. */

/** @returns the last value of each code that fits */
export function optionsOf(bytes: Buffer, littleEndian: boolean): ReadonlyMap<number, Buffer> {
  const options = new Map<number, Buffer>()
  const half = (offset: number) => (littleEndian ? bytes.readUInt16LE(offset) : bytes.readUInt16BE(offset))
  for (let offset = 0; offset + 4 <= bytes.length;) {
    const code = half(offset)
    const length = half(offset + 2)
    if (code === 0 || offset + 4 + length > bytes.length) break
    options.set(code, bytes.subarray(offset + 4, offset + 4 + length))
    offset += 4 + ((length + 3) & ~3)
  }
  return options
}

/** A value of 8 bytes. */
export function wideOption(value: Buffer | undefined, littleEndian: boolean): bigint | undefined {
  if (value?.length !== 8) return undefined
  return littleEndian ? value.readBigInt64LE() : value.readBigInt64BE()
}
