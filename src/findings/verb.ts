/** What a digest does to the database, as far as findings need it. */

export type Verb = 'read' | 'write' | 'commit' | 'rollback' | 'other'

const verbs: Readonly<Record<string, Verb>> = {
  select: 'read',
  with: 'read',
  table: 'read',
  values: 'read',
  insert: 'write',
  update: 'write',
  delete: 'write',
  replace: 'write',
  call: 'write',
  commit: 'commit',
  rollback: 'rollback',
}

/** @param digestText whose keywords are in lower case */
export function verbOf(digestText: string): Verb {
  const word = /^[\s(]*([a-z]+)/.exec(digestText)?.[1] ?? ''
  return verbs[word] ?? 'other'
}
