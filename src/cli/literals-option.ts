/** The option of everything that makes records: whether the values of statements are kept. */
import { z } from 'zod'

export const literalsOption = {
  'keep-literals': z
    .boolean()
    .default(false)
    .describe('Keep the values in statements, their parameters and URLs; secrets are never kept'),
}
