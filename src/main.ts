#!/usr/bin/env node
/** The program: reads the command line, runs one command, turns its errors into a message and an exit code. */
import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { capture } from './cli/capture.ts'
import { type Command, yargsOptions } from './cli/command.ts'
import { digest } from './cli/digest.ts'
import { doctor } from './cli/doctor.ts'
import { errors } from './cli/errors.ts'
import { findings } from './cli/findings.ts'
import { pods } from './cli/pods.ts'
import { queries } from './cli/queries.ts'
import { record } from './cli/record.ts'
import { replay } from './cli/replay.ts'
import { report } from './cli/report.ts'
import { show } from './cli/show.ts'
import { sql } from './cli/sql.ts'
import { standardInput } from './packets/byte-source.ts'
import { QuerytapError } from './querytap-error.ts'

const commands: Command[] = [
  capture,
  report,
  show,
  pods,
  queries,
  errors,
  record,
  replay,
  digest,
  findings,
  sql,
  doctor,
]

/** Exit codes: done, failed, bad usage. */
const exit = { done: 0, failed: 1, usage: 2 } as const

function fail(error: unknown): never {
  if (error instanceof QuerytapError) {
    process.stderr.write(`querytap: ${error.message}\n`)
    if (error.hint !== null) process.stderr.write(`  ${error.hint}\n`)
    process.exit(error.code === 'USAGE' ? exit.usage : exit.failed)
  }
  process.stderr.write(`querytap: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  process.exit(exit.failed)
}

// yargs takes a lone - in a list for the beginning of an option
const words = hideBin(process.argv).map((word) => (word === '-' ? standardInput : word))

// whoever reads the output has read enough
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') fail(error)
  // a capture ends as by Ctrl-C: what it found is stored
  if (process.listenerCount('SIGINT') === 0) process.exit(exit.done)
  process.emit('SIGINT')
})

const program = yargs(words)
  .scriptName('querytap')
  .usage('$0 <command>\n\nShows which SQL statement and which HTTP request is slow, and which pod sent it.')
  .strict()
  .recommendCommands()
  .parserConfiguration({ 'parse-numbers': false, 'parse-positional-numbers': false, 'duplicate-arguments-array': true })
  .fail((message, error) => {
    // yargs' own errors are about the words on the command line
    const own = error === undefined || error.name === 'YError'
    fail(own ? new QuerytapError('USAGE', error?.message ?? message, { hint: 'querytap --help' }) : error)
  })

for (const each of commands) {
  program.command(each.usage, each.describe, yargsOptions(each.options), async (raw) => {
    process.exitCode = await each.run(raw)
  })
}

try {
  await program.parseAsync()
} catch (error) {
  fail(error)
}
