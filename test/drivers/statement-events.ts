/** What performance_schema keeps of each statement: rows, errors, warnings and index flags as the server counts them. */
import { z } from 'zod'

const eventSchema = z.object({
  thread: z.number(),
  event: z.number(),
  nested: z.number().nullable(),
  /** `STATEMENT` where it is part of another one: a procedure's. */
  type: z.string().nullable(),
  name: z.string(),
  text: z.string().nullable(),
  sent: z.number(),
  affected: z.number(),
  errno: z.number().nullable(),
  warnings: z.number(),
  noIndex: z.number(),
  noGoodIndex: z.number(),
})

export type StatementEvent = z.output<typeof eventSchema>

export const eventsQuery = `SELECT JSON_OBJECT('thread', THREAD_ID, 'event', EVENT_ID, 'nested', NESTING_EVENT_ID,
  'type', NESTING_EVENT_TYPE, 'name', EVENT_NAME, 'text', SQL_TEXT, 'sent', ROWS_SENT, 'affected', ROWS_AFFECTED,
  'errno', MYSQL_ERRNO, 'warnings', WARNINGS, 'noIndex', NO_INDEX_USED, 'noGoodIndex', NO_GOOD_INDEX_USED)
  FROM performance_schema.events_statements_history_long ORDER BY THREAD_ID, EVENT_ID`

/** @param lines one JSON object each @returns the outer statements of each thread, in order */
export function readEvents(lines: string): StatementEvent[][] {
  const threads = new Map<number, StatementEvent[]>()
  for (const line of lines.split('\n').filter((each) => each !== '')) {
    const event = eventSchema.parse(JSON.parse(line))
    if (event.type === 'STATEMENT') continue
    const thread = threads.get(event.thread)
    if (thread === undefined) threads.set(event.thread, [event])
    else thread.push(event)
  }
  return [...threads.values()]
}
