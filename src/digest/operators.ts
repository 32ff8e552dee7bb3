/** Operators, and the brackets of hints and version comments, as a digest's text has them: as they are, with a space at either side. */
import { ascii, byteAt, classOf, lexeme, operatorLength } from './lexis.ts'
import { token } from './token.ts'
import type { TokenText } from './token-text.ts'

/** @returns after the operator */
export function writeOperator(normal: TokenText, text: Uint8Array, at: number, end: number): number {
  const first = text[at]
  const length = operatorLength(text, at, end)
  const unary = normal.valueNext && length === 1 && (first === ascii.tilde || first === ascii.exclamation)
  return write(normal, unary ? token.unary : token.operator, text, at, at + length)
}

/** @param at a slash. @returns after `/*+`, `/*!50001` or `/*M!100100` */
export function writeHintBegin(normal: TokenText, text: Uint8Array, at: number, end: number): number {
  let stop = at + 3
  while (byteAt(text, stop, end) === ascii.exclamation || classOf[byteAt(text, stop, end)] === lexeme.digit) stop++
  return write(normal, token.operator, text, at, stop)
}

/** @param at a star before a slash */
export function writeHintEnd(normal: TokenText, text: Uint8Array, at: number): number {
  return write(normal, token.operator, text, at, at + 2)
}

function write(normal: TokenText, kind: number, text: Uint8Array, start: number, end: number): number {
  normal.space(kind)
  normal.copy(text, start, end)
  normal.wrote(kind, true)
  return end
}
