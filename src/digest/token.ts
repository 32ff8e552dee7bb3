/** The kinds of tokens in a digest's text: the one written last decides on the space and the meaning of the next. */

export const token = {
  start: 0,
  word: 1,
  keyword: 2,
  /** A keyword that takes its parenthesis without a space. */
  call: 3,
  /** A value that is no string. */
  value: 4,
  string: 5,
  open: 6,
  close: 7,
  comma: 8,
  dot: 9,
  operator: 10,
  /** A sign or a `!` before its operand. */
  unary: 11,
  at: 12,
} as const

/** An `@` that follows without a space makes an account of it: `'app'@'%'`. */
export function isAccountName(previous: number): boolean {
  return previous === token.word || previous === token.value || previous === token.string
}
