#!/usr/bin/env -S node --max-semi-space-size=2
/** The program: reads the command line, runs one command, turns its errors into a message and an exit code. */
import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { type Command, yargsOptions } from './cli/command.ts'
import { standardInput } from './packets/byte-source.ts'
import { QuerytapError } from './querytap-error.ts'

/** Each brings what it needs: a report is not to wait for the libraries of a capture. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  capture: async () => (await import('./cli/capture.ts')).capture,
  report: async () => (await import('./cli/report.ts')).report,
  show: async () => (await import('./cli/show.ts')).show,
  pods: async () => (await import('./cli/pods.ts')).pods,
  queries: async () => (await import('./cli/queries.ts')).queries,
  errors: async () => (await import('./cli/errors.ts')).errors,
  record: async () => (await import('./cli/record.ts')).record,
  replay: async () => (await import('./cli/replay.ts')).replay,
  digest: async () => (await import('./cli/digest.ts')).digest,
  findings: async () => (await import('./cli/findings.ts')).findings,
  sql: async () => (await import('./cli/sql.ts')).sql,
  doctor: async () => (await import('./cli/doctor.ts')).doctor,
}

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

/** All of them where help or a wrong word may need to tell of all. */
const asked = Object.entries(commands).filter(([name]) => name === words[0])
const loaded = await Promise.all((asked.length > 0 ? asked : Object.entries(commands)).map(([, load]) => load()))
for (const each of loaded) {
  program.command(each.usage, each.describe, yargsOptions(each.options), async (raw) => {
    process.exitCode = await each.run(raw)
  })
}

try {
  await program.parseAsync()
} catch (error) {
  fail(error)
}
