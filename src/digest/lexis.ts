/** Where the tokens of SQL begin and end: byte classes, and the ends of numbers, strings and comments. Nothing here writes. */
import { sqlMode } from '../../parsers/mysql/sql-mode.ts'

/** What the first byte of a token says about it. */
export const lexeme = {
  symbol: 0,
  space: 1,
  letter: 2,
  digit: 3,
  quote: 4,
  backtick: 5,
  open: 6,
  close: 7,
  comma: 8,
  dot: 9,
  semicolon: 10,
  placeholder: 11,
  at: 12,
  sign: 13,
  slash: 14,
  hash: 15,
  star: 16,
} as const

export const ascii = {
  doubleQuote: 0x22,
  space: 0x20,
  exclamation: 0x21,
  ampersand: 0x26,
  quote: 0x27,
  open: 0x28,
  close: 0x29,
  star: 0x2a,
  plus: 0x2b,
  comma: 0x2c,
  minus: 0x2d,
  dot: 0x2e,
  slash: 0x2f,
  zero: 0x30,
  one: 0x31,
  colon: 0x3a,
  semicolon: 0x3b,
  less: 0x3c,
  equals: 0x3d,
  greater: 0x3e,
  question: 0x3f,
  at: 0x40,
  backslash: 0x5c,
  underscore: 0x5f,
  backtick: 0x60,
  openBrace: 0x7b,
  closeBrace: 0x7d,
  b: 0x62,
  d: 0x64,
  e: 0x65,
  m: 0x6d,
  n: 0x6e,
  s: 0x73,
  t: 0x74,
  x: 0x78,
  pipe: 0x7c,
  tilde: 0x7e,
} as const

/** The class of each byte. Bytes of multi-byte characters are letters, as for the server. */
export const classOf = Uint8Array.from({ length: 256 }, (_, byte): number => {
  const character = String.fromCharCode(byte)
  if (byte <= ascii.space || byte === 0x7f) return lexeme.space
  if (byte >= 0x80 || /[A-Za-z_$]/.test(character)) return lexeme.letter
  if (/\d/.test(character)) return lexeme.digit
  const single: Record<string, number> = {
    "'": lexeme.quote,
    '"': lexeme.quote,
    '`': lexeme.backtick,
    '(': lexeme.open,
    ')': lexeme.close,
    ',': lexeme.comma,
    '.': lexeme.dot,
    ';': lexeme.semicolon,
    '?': lexeme.placeholder,
    '@': lexeme.at,
    '-': lexeme.sign,
    '+': lexeme.sign,
    '/': lexeme.slash,
    '#': lexeme.hash,
    '*': lexeme.star,
  }
  return single[character] ?? lexeme.symbol
})

const wordBytes = classOf.map((each) => (each === lexeme.letter || each === lexeme.digit ? 1 : 0))

export function isWordByte(byte: number): boolean {
  return wordBytes[byte] === 1
}

function isDigit(byte: number): boolean {
  return byte >= ascii.zero && byte <= ascii.zero + 9
}

function isHex(byte: number): boolean {
  return isDigit(byte) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66)
}

/** The byte at `at`, 0 at and after the end: reading a typed array out of its bounds is slow. */
export function byteAt(text: Uint8Array, at: number, end: number): number {
  return at < end ? (text[at] ?? 0) : 0
}

function digitsEnd(text: Uint8Array, at: number, end: number): number {
  while (at < end && isDigit(text[at] ?? 0)) at++
  return at
}

/**
 * @param at a digit, or a dot before a digit
 * @returns where the number ends; -1 when this is a name that begins with a digit (`2026_orders`)
 */
export function numberEnd(text: Uint8Array, at: number, end: number): number {
  const second = byteAt(text, at + 1, end) | 0x20
  if (text[at] === ascii.zero && (second === ascii.x || second === ascii.b)) {
    let stop = at + 2
    if (second === ascii.x) while (stop < end && isHex(text[stop] ?? 0)) stop++
    else while (stop < end && ((text[stop] ?? 0) | 1) === ascii.one) stop++
    return stop > at + 2 && !isWordByte(byteAt(text, stop, end)) ? stop : -1
  }
  let stop = digitsEnd(text, at, end)
  const dot = byteAt(text, stop, end) === ascii.dot
  if (dot) stop = digitsEnd(text, stop + 1, end)
  if ((byteAt(text, stop, end) | 0x20) === ascii.e) {
    const sign = byteAt(text, stop + 1, end)
    const exponent = sign === ascii.plus || sign === ascii.minus ? stop + 2 : stop + 1
    const exponentEnd = digitsEnd(text, exponent, end)
    if (exponentEnd > exponent) stop = exponentEnd
  }
  return !dot && isWordByte(byteAt(text, stop, end)) ? -1 : stop
}

/** @param at the opening quote. @returns after the closing quote, or `end` when the text stops inside */
export function stringEnd(text: Uint8Array, at: number, end: number, mode: number): number {
  if ((mode & sqlMode.NO_BACKSLASH_ESCAPES) !== 0) return quotedNameEnd(text, at, end)
  const quote = text[at]
  for (let i = at + 1; i < end; i++) {
    const byte = text[i]
    if (byte === ascii.backslash) i++
    else if (byte === quote) {
      if (byteAt(text, i + 1, end) !== quote) return i + 1
      i++
    }
  }
  return end
}

/** @param at the opening quote of a text without escapes. @returns after the closing one, or `end` when the text stops inside */
export function quotedNameEnd(text: Uint8Array, at: number, end: number): number {
  const quote = text[at]
  for (let i = at + 1; i < end; i++) {
    if (text[i] !== quote) continue
    if (byteAt(text, i + 1, end) !== quote) return i + 1
    i++
  }
  return end
}

export function lineEnd(text: Uint8Array, at: number, end: number): number {
  const stop = text.indexOf(0x0a, at)
  return stop < 0 || stop > end ? end : stop
}

/** @param at the slash that opens the comment. @returns after its end, or `end` when the text stops inside */
export function commentEnd(text: Uint8Array, at: number, end: number): number {
  for (let i = at + 2; i + 1 < end; i++) {
    if (text[i] === ascii.star && text[i + 1] === ascii.slash) return i + 2
  }
  return end
}

/** @param at the slash of a comment. @returns it is an optimiser hint or a version comment (`/*+`, `/*!`, `/*M!`) */
export function isHint(text: Uint8Array, at: number, end: number): boolean {
  const kind = byteAt(text, at + 2, end)
  const versioned = (kind | 0x20) === ascii.m && byteAt(text, at + 3, end) === ascii.exclamation
  return versioned || kind === ascii.plus || kind === ascii.exclamation
}

/** Where white space and comments that begin at `at` end; `at` itself where there are none. */
export function blankEnd(text: Uint8Array, at: number, end: number): number {
  for (;;) {
    const byte = byteAt(text, at, end)
    const next = byteAt(text, at + 1, end)
    if (at >= end) return end
    if (classOf[byte] === lexeme.space) at++
    else if (byte === ascii.slash && next === ascii.star && !isHint(text, at, end)) at = commentEnd(text, at, end)
    else if (classOf[byte] === lexeme.hash) at = lineEnd(text, at, end)
    else if (byte === ascii.minus && next === ascii.minus && classOf[byteAt(text, at + 2, end)] === lexeme.space)
      at = lineEnd(text, at, end)
    else return at
  }
}

/** How many bytes the operator at `at` has: `<=>` 3, `||` 2, `=` 1. */
export function operatorLength(text: Uint8Array, at: number, end: number): number {
  const first = text[at] ?? 0
  const second = byteAt(text, at + 1, end)
  const third = byteAt(text, at + 2, end)
  switch (first) {
    case ascii.less:
      if (second === ascii.equals) return third === ascii.greater ? 3 : 2
      return second === ascii.greater || second === ascii.less ? 2 : 1
    case ascii.greater:
      return second === ascii.equals || second === ascii.greater ? 2 : 1
    case ascii.exclamation:
    case ascii.colon:
      return second === ascii.equals ? 2 : 1
    case ascii.pipe:
    case ascii.ampersand:
      return second === first ? 2 : 1
    case ascii.minus:
      if (second !== ascii.greater) return 1
      return third === ascii.greater ? 3 : 2
    default:
      return 1
  }
}

/** @param at a brace. @returns after `{d '2026-05-01'}`, `{t '…'}` or `{ts '…'}`; −1 where it is something else */
export function escapedDateEnd(text: Uint8Array, at: number, end: number, mode: number): number {
  let word = blankEnd(text, at + 1, end)
  const first = byteAt(text, word, end) | 0x20
  if (first !== ascii.d && first !== ascii.t) return -1
  word++
  if (first === ascii.t && (byteAt(text, word, end) | 0x20) === ascii.s) word++
  const quote = blankEnd(text, word, end)
  if (classOf[byteAt(text, quote, end)] !== lexeme.quote) return -1
  const brace = blankEnd(text, stringEnd(text, quote, end, mode), end)
  if (brace >= end) return end
  return text[brace] === ascii.closeBrace ? brace + 1 : -1
}
