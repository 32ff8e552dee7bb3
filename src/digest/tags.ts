/** What a sqlcommenter wrote into a comment: `route='%2Forders',traceparent='00-…'`, keys and values percent-encoded. */

export type Tags = Record<string, string>

/** More of one statement are not read. */
const maxTags = 32

const pair = /\s*([^\s=',]+)\s*=\s*'((?:[^'\\]|\\.)*)'\s*(,|$)/y

/** @param comment with or without its delimiters. @returns null where it is another kind of comment */
export function tagsOf(comment: string): Tags | null {
  const text = comment.replace(/^(?:\/\*|--|#)/, '').replace(/\*\/$/, '')
  const tags: Tags = {}
  pair.lastIndex = 0
  for (let count = 0; count < maxTags; count++) {
    const match = pair.exec(text)
    if (match === null) return null
    tags[decoded(match[1] ?? '')] = decoded((match[2] ?? '').replaceAll(/\\(.)/g, '$1'))
    if (match[3] === '') return tags
  }
  return tags
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
