/** The options that choose among what was captured: who, where, which statement. The same for every command that filters. */
import { z } from 'zod'
import { duration, integer } from './values.ts'

const texts = (help: string) => z.array(z.string()).default([]).describe(help)

/** Of totals and stored exchanges. Each repeats: values of one option are alternatives. */
export const selectionOptions = {
  pod: texts('only of this pod, NAMESPACE/NAME or NAME, client or server; * ? [..] match as in a shell'),
  namespace: texts('only of pods in this namespace; patterns as above'),
  client: texts('only from this client: address, command, container or pod; patterns as above'),
  server: texts(
    'only to this server: address, ADDRESS:PORT, path of a socket, command, container or pod; patterns as above',
  ),
  digest: texts('only of this digest; its beginning is enough'),
  user: texts('only of this database user; patterns as above'),
  database: texts('only in this database; patterns as above'),
}

/** Of single exchanges. */
export const exchangeOptions = {
  'min-duration': duration().optional().describe('only those that took at least this long'),
  errors: z.boolean().default(false).describe('only those that failed'),
}

/** A page of a long answer. */
export const pageOptions = {
  limit: integer(1, 1_000_000).prefault('100').describe('how many at most'),
  offset: integer(0, 1e12).prefault('0').describe('leave out so many of the first'),
}
