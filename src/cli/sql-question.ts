/** One question in SQL to a store that is opened for reading and told to change nothing: its answer as text, or why there is none. */
import { z } from 'zod'
import { QuerytapError } from '../querytap-error.ts'
import { failure } from '../store/database.ts'
import { Store } from '../store/store.ts'
import { views } from '../store/views.ts'
import { answerText, sqlFormats } from './sql-output.ts'

export const question = z.object({ store: z.string(), query: z.string(), format: z.enum(sqlFormats) })

const listViews = `the views are ${Object.keys(views).join(', ')}`

export function* answer({ store: path, query, format }: z.output<typeof question>): Generator<string> {
  const store = Store.openReader(path)
  try {
    const { database } = store
    database.pragma('query_only = ON')
    const statement = prepared(database, query)
    const columns = statement.columns().map(({ name }) => name)
    const rows = statement.safeIntegers().raw().iterate() as IterableIterator<(string | bigint | number | null)[]>
    yield* answerText(columns, rows, format)
  } catch (error) {
    const known = failure(path, error)
    throw known instanceof QuerytapError ? known : refused(known.message)
  } finally {
    store.close()
  }
}

/** What a question begins with, after comments. ATTACH and VACUUM INTO change no store but the disk; a PRAGMA changes the connection. */
const isQuestion = /^(?:\s|;|--[^\n]*\n|\/\*[^]*?\*\/)*(?:select|with|values|explain)\b/i

function prepared(database: Store['database'], query: string) {
  const statement = database.prepare(query)
  if (!statement.reader || !statement.readonly || !isQuestion.test(query)) {
    throw refused('it is no question: only SELECT, WITH, VALUES and EXPLAIN are answered')
  }
  return statement
}

function refused(reason: string): QuerytapError {
  return new QuerytapError('USAGE', `sql: ${reason}`, { hint: listViews })
}
