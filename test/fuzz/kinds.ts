/** All kinds of fuzzing. */
import { detectionKinds } from './detection-kinds.ts'
import { httpKinds } from './http-kinds.ts'
import type { Kind } from './kind.ts'
import { mysqlKinds } from './mysql-kinds.ts'

export const kinds: readonly Kind[] = [...mysqlKinds, ...httpKinds, ...detectionKinds]
