/** Opens the SQLite file behind a store and says in one place what SQLite's failures mean to the user. */
import Database from 'better-sqlite3'
import { closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { QuerytapError } from '../querytap-error.ts'
import { applicationId, migrations } from './schema.ts'
import { views } from './views.ts'

/** `$XDG_STATE_HOME/querytap/querytap.db`, or below `~/.local/state`. */
export function defaultStorePath(environment: NodeJS.ProcessEnv = process.env): string {
  const state = environment['XDG_STATE_HOME'] || join(homedir(), '.local', 'state')
  return join(state, 'querytap', 'querytap.db')
}

/** Makes the file, readable by its owner only, where it does not exist. SQLite gives -wal and -shm the same mode. */
function makeFile(path: string): void {
  try {
    if (path === defaultStorePath()) mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    closeSync(openSync(path, 'a', 0o600))
  } catch (error) {
    throw failure(path, error)
  }
}

/** @throws QuerytapError STORE_PATH, STORE_VERSION, STORE_CORRUPT */
export function openForWriting(path: string, steps: readonly string[] = migrations): Database.Database {
  if (path !== ':memory:') makeFile(path)
  return opened(path, { timeout: 5000 }, (database) => {
    checkKind(path, database)
    database.pragma('auto_vacuum = INCREMENTAL')
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = NORMAL')
    database.pragma('journal_size_limit = 16777216')
    // KiB, SQLite's default; better-sqlite3's is 16,000, of what the system's cache has anyway
    database.pragma('cache_size = -2000')
    migrate(path, database, steps)
  })
}

/** A store of an older schema is brought up to date first. @throws QuerytapError as {@link openForWriting} */
export function openForReading(path: string): Database.Database {
  if (!existsSync(path)) {
    throw new QuerytapError('STORE_PATH', `open store ${path}: nothing captured yet`, {
      hint: 'run `querytap capture` first, or name the store with --store',
    })
  }
  return opened(path, { readonly: true, timeout: 5000 }, (database) => {
    checkKind(path, database)
    if (versionOf(database) < migrations.length) openForWriting(path).close()
    checkVersion(path, versionOf(database), migrations.length)
  })
}

function opened(path: string, options: Database.Options, prepare: (database: Database.Database) => void) {
  let database: Database.Database | undefined
  try {
    if (path !== ':memory:' && statSync(path).isDirectory()) {
      throw new QuerytapError('STORE_PATH', `open store ${path}: is a directory`, { hint: 'name a file' })
    }
    database = new Database(path, options)
    prepare(database)
    return database
  } catch (error) {
    database?.close()
    throw failure(path, error)
  }
}

function versionOf(database: Database.Database): number {
  return Number(database.pragma('user_version', { simple: true }))
}

function checkKind(path: string, database: Database.Database): void {
  const id = Number(database.pragma('application_id', { simple: true }))
  if (id === applicationId) return
  const tables = database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get()
  if (id === 0 && tables === 0 && !database.readonly) return
  const reason = tables === 0 ? 'is empty' : "is another program's SQLite file"
  throw new QuerytapError('STORE_CORRUPT', `open store ${path}: ${reason}`, { hint: 'name another file with --store' })
}

function checkVersion(path: string, version: number, known: number): void {
  if (version <= known) return
  const message = `open store ${path}: its schema has version ${version}, this querytap knows up to version ${known}`
  throw new QuerytapError('STORE_VERSION', message, { hint: 'use a newer querytap, or another --store' })
}

/** Runs the migrations that the store has not had, each in a transaction of its own, and makes the views of the last. */
function migrate(path: string, database: Database.Database, steps: readonly string[]): void {
  checkVersion(path, versionOf(database), steps.length)
  for (let next = versionOf(database); next < steps.length; next = versionOf(database)) {
    database
      .transaction(() => {
        // Another process may have been faster between the look and the lock.
        if (versionOf(database) !== next) return
        dropViews(database)
        database.exec(steps[next] ?? '')
        if (next + 1 === steps.length) makeViews(database)
        database.pragma(`user_version = ${next + 1}`)
        database.pragma(`application_id = ${applicationId}`)
      })
      .immediate()
  }
}

/** No table can change under a view that reads it. */
function dropViews(database: Database.Database): void {
  const names = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'view'").pluck().all()
  for (const name of names) database.exec(`DROP VIEW "${String(name)}"`)
}

function makeViews(database: Database.Database): void {
  for (const [name, query] of Object.entries(views)) database.exec(`CREATE VIEW ${name} AS${query}`)
}

/** @returns what went wrong in the user's terms; an error that is one already, as it is */
export function failure(path: string, error: unknown, verb: 'open' | 'write' = 'open'): Error {
  if (!(error instanceof Error) || error instanceof QuerytapError) return error as Error
  const code = 'code' in error ? String(error.code) : ''
  if (code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT')) {
    const hint = 'move the file away, or name another with --store'
    const reason = code === 'SQLITE_NOTADB' ? 'is not a SQLite file' : 'is damaged'
    return new QuerytapError('STORE_CORRUPT', `${verb} store ${path}: ${reason}`, { hint, cause: error })
  }
  // an extended code adds to the primary one: SQLITE_IOERR_WRITE
  const primary = code.split('_', 2).join('_')
  const reason = reasons[code] ?? reasons[primary]
  if (reason === undefined) return error
  return new QuerytapError('STORE_PATH', `${verb} store ${path}: ${reason}`, {
    hint: hints[code] ?? hints[primary] ?? 'check the path, or name another with --store',
    cause: error,
  })
}

const reasons: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOENT: 'no such directory',
  ENOTDIR: 'a part of the path is not a directory',
  EISDIR: 'is a directory',
  EROFS: 'read-only file system',
  ENOSPC: 'no space left on device',
  SQLITE_CANTOPEN: 'cannot be opened',
  SQLITE_READONLY: 'is read-only',
  SQLITE_READONLY_DIRECTORY: 'its directory is read-only',
  SQLITE_READONLY_DBMOVED: 'was moved or deleted while in use',
  SQLITE_PERM: 'permission denied',
  SQLITE_FULL: 'no space left on device',
  SQLITE_IOERR: 'input/output error',
  SQLITE_BUSY: 'is locked by another program',
}

const hints: Record<string, string> = {
  ENOENT: 'make the directory first, or name another file with --store',
  SQLITE_CANTOPEN:
    'SQLite keeps files beside it, so its directory must be writable: copy the store to one that is, or check the path',
  SQLITE_FULL: 'free some space, or name another with --store',
  SQLITE_IOERR: 'look at the disk: is it full, or failing?',
  SQLITE_BUSY: 'end what holds it, such as a transaction in sqlite3',
  ENOSPC: 'free some space',
}
