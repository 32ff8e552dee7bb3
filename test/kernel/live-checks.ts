/** The checks that live-session.ts prints, as assertions. */
import type { Test } from 'tap'
import { z } from 'zod'

const checkSchema = z.object({ name: z.string(), ok: z.boolean(), detail: z.unknown() })

/** @param fewest checks that the session makes; fewer mean that it ended early */
export function assertChecks(
  t: Test,
  fewest: number,
  output: string,
  exitCode: number | null,
  diagnosis: string,
): void {
  const lines = output.split('\n').filter((line) => line.startsWith('{"name"'))
  for (const line of lines) {
    const { name, ok, detail } = checkSchema.parse(JSON.parse(line))
    t.ok(ok, name, { detail })
  }
  t.ok(lines.length >= fewest, `${fewest} checks and more were made`, { output, diagnosis })
  t.equal(exitCode, 0, 'the session exits with 0', { diagnosis })
}
