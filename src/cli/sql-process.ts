/** The process that runs one question of `querytap sql`, so that its parent can end it. */
import { writeSync } from 'node:fs'
import { QuerytapError } from '../querytap-error.ts'
import { answer, question } from './sql-question.ts'

/** Whoever reads may be slow or gone: a pipe that is full is waited for, one that is closed ends the answer. */
function write(text: string): void {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(1, bytes, at)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : ''
      if (code === 'EPIPE') process.exit(0)
      if (code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
    }
  }
}

try {
  for (const text of answer(question.parse(JSON.parse(process.argv[2] ?? '')))) write(text)
} catch (error) {
  const known = error instanceof QuerytapError
  const message = error instanceof Error ? error.message : String(error)
  const told = { message, hint: known ? error.hint : null, usage: known && error.code === 'USAGE' }
  process.stderr.write(JSON.stringify(told))
  process.exitCode = 1
}
