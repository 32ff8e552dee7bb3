/** What a session's script prints: one JSON object a line for each statement, with what its driver was told. */
import { z } from 'zod'

const toldSchema = z.strictObject({
  /** As it was sent. */
  text: z.string(),
  rows: z.number().optional(),
  affected: z.number().optional(),
  /** The error's number. */
  error: z.number().optional(),
})

export type Told = z.output<typeof toldSchema>

export function readTally(lines: string): Told[] {
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => toldSchema.parse(JSON.parse(line)))
}
