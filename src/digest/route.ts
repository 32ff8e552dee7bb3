/** The route of an HTTP request: its path with what looks like an identifier replaced, so that `/users/1` and `/users/2` are one. */

const id = '{id}'
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
/** `42`, `2026-05-01`, `10.5`: digits, and no letter. */
const number = /^[\d.,:_+-]*\d[\d.,:_+-]*$/
/** At least 8 digits of hexadecimal, with a decimal digit among them, for `feedface` is a word. */
const hexadecimal = /^(?=.*\d)[0-9a-f]{8,}$/i
/** At least 20 characters that mix letters and digits. */
const token = /^(?=.*\d)(?=.*[a-z])[^/]{20,}$/i

/** Longer paths are cut. */
const maxPathLength = 1024

/** @param path without the query */
export function routeOf(path: string): string {
  if (!/\d/.test(path)) return path.slice(0, maxPathLength)
  return path.slice(0, maxPathLength).split('/').map(fold).join('/')
}

function fold(segment: string): string {
  return number.test(segment) || hexadecimal.test(segment) || token.test(segment) || uuid.test(segment) ? id : segment
}
