/** What a subcommand is, and how its zod schema becomes yargs options: the schema alone holds defaults, checks and help. */
import type { Options } from 'yargs'
import { z } from 'zod'
import { QuerytapError } from '../querytap-error.ts'

export interface Command {
  /** yargs notation: `replay <file..>`; aliases follow the name. */
  usage: string | [string, ...string[]]
  describe: string
  options: z.ZodObject
  /** Checks what yargs read, then does the work. @returns the exit code */
  run(raw: Record<string, unknown>): Promise<number>
}

/** Ties a schema to the function that takes its output, so that neither can drift from the other. */
export function command<Schema extends z.ZodObject>(definition: {
  usage: Command['usage']
  describe: string
  options: Schema
  run(options: z.output<Schema>): Promise<number>
}): Command {
  const { usage, describe, options } = definition
  return { usage, describe, options, run: (raw) => definition.run(check(options, raw)) }
}

function check<Schema extends z.ZodObject>(schema: Schema, raw: Record<string, unknown>): z.output<Schema> {
  const known = Object.fromEntries(Object.entries(raw).filter(([name]) => name in schema.shape))
  const result = schema.safeParse(known)
  if (result.success) return result.data
  const reasons = result.error.issues.map((issue) => `--${String(issue.path[0] ?? '')}: ${issue.message}`)
  throw new QuerytapError('USAGE', reasons.join('\n'))
}

/** The yargs side of a schema. Values arrive as text and are converted by zod; `.describe()` texts become the help. */
export function yargsOptions(schema: z.ZodObject): Record<string, Options> {
  const options: Record<string, Options> = {}
  for (const [name, field] of Object.entries(schema.shape)) {
    const { inner, fallback } = unwrap(field as z.ZodType)
    const text = (field as z.ZodType).description ?? inner.description ?? ''
    options[name] = {
      describe: text,
      type: inner instanceof z.ZodBoolean ? 'boolean' : 'string',
      array: inner instanceof z.ZodArray,
      ...(inner instanceof z.ZodArray ? { nargs: 1 } : inner instanceof z.ZodBoolean ? {} : { requiresArg: true }),
      ...(typeof fallback === 'string' ? { defaultDescription: fallback } : {}),
    }
  }
  return options
}

/** The schema inside defaults, options and transforms, and the default as it is written on the command line. */
function unwrap(field: z.ZodType): { inner: z.ZodType; fallback: unknown } {
  let inner = field
  let fallback: unknown
  for (;;) {
    if (inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault) fallback = inner.def.defaultValue
    if (inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault || inner instanceof z.ZodOptional) {
      inner = inner.def.innerType as z.ZodType
    } else if (inner instanceof z.ZodPipe) {
      inner = inner.def.in as z.ZodType
    } else return { inner, fallback }
  }
}
