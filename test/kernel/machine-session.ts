/**
 * What is done in every machine, as one program, because an emulated one takes long to start any: `doctor`, whose findings are
 * printed as JSON, then each call in each attach mode that the arguments name.
 */
import { doctor } from '../../src/cli/doctor.ts'

await doctor.run({ json: true })

await import('./calls-session.ts')
