/**
 * The character sets that a client may send its texts in (manual, "Character Sets and Collations in MySQL"), as far as Node
 * can read them. Texts leave the parser in UTF-8, so that nobody behind it takes a byte of a character for a quote or a backslash.
 */
import { Buffer, isUtf8 } from 'node:buffer'

export interface Charset {
  /** The server's name. */
  readonly name: string
  /** Some characters have two bytes or more. */
  readonly isMultiByte: boolean
  /** A character that is cut at the end is left out. */
  decode(bytes: Uint8Array): string
}

/** The server's name, the decoder's (WHATWG Encoding), and the collations by their ids. UTF-8 and ASCII need none. */
const decoders: readonly (readonly [name: string, decoder: string, collations: readonly number[]])[] = [
  ['big5', 'big5', [1, 84]],
  ['cp1250', 'windows-1250', [26, 34, 44, 66, 99]],
  ['cp1251', 'windows-1251', [14, 23, 50, 51, 52]],
  ['cp1256', 'windows-1256', [57, 67]],
  ['cp1257', 'windows-1257', [29, 58, 59]],
  ['cp866', 'ibm866', [36, 68]],
  ['cp932', 'shift_jis', [95, 96]],
  ['eucjpms', 'euc-jp', [97, 98]],
  ['euckr', 'euc-kr', [19, 85]],
  ['gb18030', 'gb18030', [248, 249, 250]],
  ['gb2312', 'gbk', [24, 86]],
  ['gbk', 'gbk', [28, 87]],
  ['greek', 'iso-8859-7', [25, 70]],
  ['hebrew', 'iso-8859-8', [16, 71]],
  ['koi8r', 'koi8-r', [7, 74]],
  ['koi8u', 'koi8-u', [22, 75]],
  ['latin2', 'iso-8859-2', [2, 9, 21, 27, 77]],
  ['latin5', 'iso-8859-9', [30, 78]],
  ['latin7', 'iso-8859-13', [20, 41, 42, 79]],
  ['macroman', 'macintosh', [39, 53]],
  ['sjis', 'shift_jis', [13, 88]],
  ['tis620', 'windows-874', [18, 89]],
  ['ujis', 'euc-jp', [12, 91]],
]
const multiByte: ReadonlySet<string> = new Set(['big5', 'shift_jis', 'euc-jp', 'euc-kr', 'gb18030', 'gbk'])

const latin1Collations = [5, 8, 15, 31, 47, 48, 49, 94]
/** The server's latin1 is Windows' code page 1252: what 0x80 to 0x9f are in it. Node's own decoder makes control characters of them. */
const windows = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ'

const latin1: Charset = {
  name: 'latin1',
  isMultiByte: false,
  decode: ({ buffer, byteOffset, length }) =>
    Buffer.from(buffer, byteOffset, length)
      .toString('latin1')
      .replace(/[\x80-\x9f]/g, (control) => windows[control.charCodeAt(0) - 0x80] ?? control),
}

const byName = new Map<string, Charset>([[latin1.name, latin1]])
const byCollation = new Map<number, Charset>(latin1Collations.map((id) => [id, latin1]))
for (const [name, encoding, collations] of decoders) {
  const charset = charsetOf(name, encoding)
  byName.set(name, charset)
  for (const id of collations) byCollation.set(id, charset)
}

function charsetOf(name: string, encoding: string): Charset {
  const decoder = new TextDecoder(encoding)
  const decode = (bytes: Uint8Array): string => {
    const text = decoder.decode(bytes, { stream: true })
    decoder.decode()
    return text
  }
  return { name, isMultiByte: multiByte.has(encoding), decode }
}

/** @returns null for UTF-8, and for what cannot be read */
export function charsetNamed(name: string): Charset | null {
  return byName.get(name.toLowerCase()) ?? null
}

/** @param id of a collation; MariaDB's NOPAD ones are 1024 above the others */
export function charsetOfCollation(id: number): Charset | null {
  return byCollation.get(id & ~1024) ?? null
}

export function isAscii(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if ((bytes[i] ?? 0) >= 0x80) return false
  return true
}

/** @returns the same bytes where they are UTF-8 already; many clients send that and say latin1 */
export function toUtf8(bytes: Uint8Array, charset: Charset): Uint8Array {
  if (isAscii(bytes) || (!charset.isMultiByte && isUtf8(withoutCutCharacter(bytes)))) return bytes
  return Buffer.from(charset.decode(bytes))
}

/** @returns the bytes without a UTF-8 character at their end that goes on behind it */
export function withoutCutCharacter(bytes: Uint8Array): Uint8Array {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte < 0x80) return bytes
    if (byte < 0xc0) continue
    const length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4
    return back < length ? bytes.subarray(0, bytes.length - back) : bytes
  }
  return bytes
}
