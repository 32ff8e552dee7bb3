/** The files that a command line names: each once, and those of a directory in the order of their names. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { QuerytapError } from '../querytap-error.ts'
import { standardInput } from './byte-source.ts'

export interface CaptureFile {
  path: string
  /** By itself, not by its directory, where other files may lie. */
  named: boolean
}

/** Directories are looked into, those within them are not. */
export function captureFiles(paths: readonly string[]): CaptureFile[] {
  const files = new Map<string, CaptureFile>()
  for (const path of paths) {
    const isDirectory = path !== standardInput && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
    const found = isDirectory ? filesOf(path).map((each) => ({ path: each, named: false })) : [{ path, named: true }]
    for (const file of found) files.set(file.path, file)
  }
  return [...files.values()]
}

function filesOf(directory: string): string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true })
    const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name)
    if (names.length > 0) return names.sort().map((name) => join(directory, name))
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new QuerytapError('FILE', `read ${directory}: ${reason}`, { cause })
  }
  throw new QuerytapError('CAPTURE', `read ${directory}: there is no file in it`)
}
