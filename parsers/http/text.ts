/** Makes the few strings that an exchange keeps, and spares making the same one again for the next exchange. */

/** UTF-8; what is not becomes U+FFFD. */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  return buffer.toString('utf8', start, end)
}

/**
 * `previous` where the bytes spell it, else a new string. On a connection in use, host, user agent, method and often the
 * path come again and again, and comparing costs a tenth of decoding. Only ASCII is compared: for it a byte is a character.
 */
export function textLike(previous: string | null, bytes: Uint8Array, start: number, end: number): string {
  if (previous === null || previous.length !== end - start) return textOf(bytes, start, end)
  for (let i = 0; i < previous.length; i++) {
    const byte = bytes[start + i] ?? 0
    if (byte !== previous.charCodeAt(i) || byte > 0x7f) return textOf(bytes, start, end)
  }
  return previous
}

/** Where to cut so that `maxBytes` are kept at most and no UTF-8 character is torn. */
export function cutOf(bytes: Uint8Array, start: number, end: number, maxBytes: number): number {
  if (end - start <= maxBytes) return end
  let cut = start + maxBytes
  while (cut > start && cut > start + maxBytes - 4 && ((bytes[cut] ?? 0) & 0xc0) === 0x80) cut--
  return cut
}
