/** `querytap sql 'SELECT …'`: any question to the store's documented views (src/store/VIEWS.md), which it cannot change. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { jsonOption, storeOption } from '../store/store-option.ts'
import { QuerytapError } from '../querytap-error.ts'
import { command } from './command.ts'
import { sqlFormats } from './sql-output.ts'

export const sql = command({
  usage: 'sql <query>',
  describe: "ask the store's views in SQL, read only: statements, clients, minutes, findings, …",
  options: z.object({
    query: z.string().min(1).describe('one SELECT'),
    ...storeOption,
    format: z
      .enum(sqlFormats)
      .default('table')
      .describe(`one of ${sqlFormats.join(', ')}`),
    ...jsonOption,
  }),
  run: async ({ store, query, format, json }) => {
    // SQLite runs a statement to its end within one call: in a process of its own Ctrl-C can end it
    const program = fileURLToPath(import.meta.url).replace(/sql\.(\w+)$/, 'sql-process.$1')
    const question = JSON.stringify({ store, query, format: json ? 'json' : format })
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => child.kill('SIGKILL'))
    const child = spawn(process.execPath, [program, question], { stdio: ['ignore', 'inherit', 'pipe'] })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
    const [code, signal] = (await once(child, 'close')) as [code: number | null, signal: string | null]
    if (signal !== null) throw new QuerytapError('SQL', 'sql: ended before it was done')
    if (code === 0) return 0
    const failed = failure.safeParse(parsed(said))
    if (!failed.success) throw new QuerytapError('SQL', `sql: ${said.trim() || `the process ended with ${code}`}`)
    const { message, hint, usage } = failed.data
    throw new QuerytapError(usage ? 'USAGE' : 'SQL', message, hint === null ? {} : { hint })
  },
})

const failure = z.object({ message: z.string(), hint: z.string().nullable(), usage: z.boolean() })

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
