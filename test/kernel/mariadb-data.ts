/** The data directory of an empty MariaDB, installed once for all tests: each server begins with a copy of it. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A server's own setting must be the same, or it writes the file anew. */
export const logFileSize = '8M'

const built = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../../dist' : '../..', import.meta.url))

function run(command: string, args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr} ${stdout}`)
  return stdout
}

/** @returns its path, below the build, where virtual machines see it too */
export function emptyData(): string {
  const version = /Ver (\S+)/.exec(run('mariadbd', ['--version']))?.[1] ?? 'unknown'
  const data = join(built, `mariadb-data-${version}`)
  if (existsSync(data)) return data
  const directory = mkdtempSync(join(tmpdir(), 'querytap-mariadb-data-'))
  const half = `${data}.${process.pid}` // others may make it at the same time
  try {
    run('chown', ['mysql', directory])
    // the server gives up being root, and may not reach this checkout
    run('mariadb-install-db', [
      '--no-defaults',
      '--user=mysql',
      `--datadir=${join(directory, 'data')}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      `--innodb-log-file-size=${logFileSize}`,
    ])
    run('cp', ['-a', join(directory, 'data'), half])
    renameSync(half, data)
  } catch (error) {
    if (!existsSync(data)) throw error
  } finally {
    rmSync(directory, { recursive: true, force: true })
    rmSync(half, { recursive: true, force: true })
  }
  return data
}
