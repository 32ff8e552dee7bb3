/** Runs the fixtures of a folder as tests, one subtest per file. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { checkFixture, type ParserFactory } from './check-fixture.ts'
import { loadFixture } from './fixture.ts'

export function runFixture(t: Test, path: string, factory: ParserFactory): void {
  const fixture = loadFixture(path)
  void t.test(fixture.title, (t) => {
    const failures = checkFixture(fixture, factory)
    for (const { check, input, found, wanted } of failures) t.strictSame(found, wanted, `${path}: ${check}: ${input}`)
    // Not every failure is an inequality: what must not be there is found and wanted by another measure.
    t.equal(failures.length, 0, failures[0] === undefined ? 'passes every check' : `${path}: ${failures[0].input}`)
    t.end()
  })
}

export function runFixtures(t: Test, folder: string, factory: ParserFactory): void {
  const names = readdirSync(folder).filter((name) => name.endsWith('.txt'))
  if (names.length === 0) t.fail(`no fixtures in ${folder}`)
  for (const name of names.sort()) runFixture(t, join(folder, name), factory)
}
