/**
 * The summary of a statement by OpenTelemetry's rules for `db.query.summary`: its operations and what they are applied to,
 * in the order of the text, such as `SELECT orders customers`. Read from a digest's text, which has no values.
 */

/** The rules' bound. A name is never cut: what does not fit is left out. */
const maxSummaryLength = 255

const words = (text: string): Set<string> => new Set(text.split(' '))

const operations = words(
  'alter analyze begin call change check commit create deallocate delete desc describe do drop execute explain fetch flush' +
    ' grant handler insert install kill load lock optimize prepare purge release rename repair replace reset revoke rollback' +
    ' savepoint select set show shutdown signal start table truncate uninstall unlock update use values xa',
)
/** What an operation on definitions is applied to; part of its name. */
const objects = words('database event function index procedure schema server table tables trigger user view')
const defining = words('alter create drop rename truncate lock unlock analyze optimize check repair')
/** After these comes a target; after those of the second set one or several. */
const targets = words('call desc describe into join straight_join truncate use')
const targetLists = words('from update table tables')
/** Between one of those and its target. */
const passed = words('delayed exists high_priority if ignore into lateral low_priority not only quick table temporary')
/** A list of targets is over. */
const ends = words('dual for group having limit on order set to union using value values where window')

/** A name with its dots, or another character. */
const tokens = /(?:`(?:[^`]|``)*`|[\w$\u0080-\uffff]+)(?:\.(?:`(?:[^`]|``)*`|[\w$\u0080-\uffff]+|\*))*|\S/g
const name = /^[\w`$\u0080-\uffff]/

/** One parenthesis, or the statement. */
interface Level {
  /** What may come next: a target, a comma and then a target, or neither. */
  place: 'target' | 'comma' | 'none'
  several: boolean
  /** Its FROM is a query's, not a function's. */
  query: boolean
}

/** @param digestText of SQL, or the name of a command, which is its own summary */
export function summaryOf(digestText: string): string {
  const plain = digestText.replaceAll(/\/\*\+.*?\*\/|\/\*M?!\d*|\*\//gi, ' ')
  const found = plain.match(tokens) ?? []
  const parts: string[] = []
  const levels: Level[] = []
  let level: Level = { place: 'none', several: false, query: true }
  let first = true
  let grants = false
  for (const [index, word] of found.entries()) {
    const lower = word.toLowerCase()
    const before = found[index - 1]?.toLowerCase() ?? ''
    if (word === '(') {
      levels.push(level)
      level = { place: level.place === 'target' ? 'target' : 'none', several: true, query: false }
    } else if (word === ')') {
      const outer = levels.pop() ?? level
      level = { ...outer, place: outer.place === 'target' && outer.several ? 'comma' : outer.place }
    } else if (word === ';') {
      first = true
      level = { place: 'none', several: false, query: true }
    } else if (word === ',') {
      if (level.place === 'comma') level.place = 'target'
    } else if (!name.test(word)) {
      if (level.place === 'target') level.place = 'none'
    } else if (first ? operations.has(lower) : !grants && isOperation(lower, before, found[index + 1])) {
      grants ||= lower === 'grant' || lower === 'revoke'
      parts.push(lower.toUpperCase())
      const into = lower === 'insert' || lower === 'replace' || targets.has(lower)
      level = {
        place: into || targetLists.has(lower) ? 'target' : 'none',
        several: targetLists.has(lower),
        query: true,
      }
      first =
        lower === 'explain' || lower === 'describe' || lower === 'desc' || lower === 'prepare' || lower === 'fetch'
    } else if (objects.has(lower) && defining.has(before) && parts.length > 0) {
      parts.push(lower.toUpperCase())
      level.place = 'target'
      level.several = true
    } else if (level.place === 'target' && passed.has(lower)) {
      continue
    } else if (targets.has(lower) || (targetLists.has(lower) && level.query && before !== 'key' && before !== 'for')) {
      level.place = 'target'
      level.several = targetLists.has(lower)
    } else if (ends.has(lower)) {
      level.place = 'none'
    } else if (level.place === 'target') {
      parts.push(word)
      level.place = level.several ? 'comma' : 'none'
    } else first = false
  }
  return shortened(parts, digestText)
}

/** Within a statement. */
function isOperation(lower: string, before: string, after: string | undefined): boolean {
  switch (lower) {
    case 'select':
      return true
    case 'insert':
    case 'replace':
    case 'delete':
      return after !== '(' && before !== 'on' && before !== 'before' && before !== 'after'
    case 'update':
      return before !== 'key' && before !== 'for' && before !== 'on' && before !== 'before' && before !== 'after'
    default:
      return false
  }
}

function shortened(parts: string[], text: string): string {
  if (parts.length === 0) return (/^\w*/.exec(text)?.[0] ?? '').toUpperCase().slice(0, maxSummaryLength)
  let summary = ''
  for (const part of parts) {
    const longer = summary === '' ? part : `${summary} ${part}`
    if (longer.length > maxSummaryLength) break
    summary = longer
  }
  return summary
}
