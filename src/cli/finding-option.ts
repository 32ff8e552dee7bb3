/** Which findings are not looked for: the same for a capture and a replay. */
import { z } from 'zod'
import { findingKinds } from '../findings/finding-kind.ts'

export const findingOption = {
  'ignore-finding': z
    .array(z.enum(findingKinds))
    .default([])
    .describe(`Do not look for this kind of finding: ${findingKinds.join(', ')}; repeatable`),
}
