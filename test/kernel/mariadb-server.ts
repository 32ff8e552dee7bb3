/** A real MariaDB server of the test's own: data directory, port, socket and general log in a directory that goes with it. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { emptyData, logFileSize } from './mariadb-data.ts'
import { freePort } from './server-ports.ts'

const startLimitMs = 240_000

export interface MariadbServer {
  port: number
  /** Path of its unix-domain socket. */
  socket: string
  pid: number
  user: string
  password: string
  /** The general log so far: the truth about statements. */
  generalLog(): string
  /** The same, its bytes as Latin-1. */
  generalLogBytes(): string
  /** Runs statements as root, which the general log leaves out. @returns rows as lines of tab-separated values */
  sql(text: string): string
  stop(): Promise<void>
}

export interface MariadbOptions {
  /** Default true; a benchmark leaves it out. */
  generalLog?: boolean
  /** More of the server's own options. */
  arguments?: string[]
  /** Starts the server; it may put it into a cgroup first. */
  start?: (argv: string[]) => Promise<ChildProcess>
}

function run(command: string, args: string[], input?: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', input, timeout: startLimitMs })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr} ${stdout}`)
  return stdout
}

export async function startMariadb(options: MariadbOptions = {}): Promise<MariadbServer> {
  const { generalLog = true, start } = options
  const directory = mkdtempSync(join(tmpdir(), 'querytap-mariadb-'))
  const data = join(directory, 'data')
  const socket = join(directory, 'socket')
  const log = join(directory, 'general.log')
  run('cp', ['-a', emptyData(), data])
  run('chown', ['mysql', directory])
  const port = await freePort()
  const argv = [
    'mariadbd',
    '--no-defaults',
    '--user=mysql',
    `--datadir=${data}`,
    `--socket=${socket}`,
    '--bind-address=127.0.0.1',
    `--port=${port}`,
    '--skip-name-resolve',
    '--innodb-buffer-pool-size=64M',
    `--innodb-log-file-size=${logFileSize}`,
    `--general-log=${generalLog ? 'ON' : 'OFF'}`,
    `--general-log-file=${log}`,
    '--log-output=FILE',
    `--log-error=${join(directory, 'error.log')}`,
    '--max-allowed-packet=64M',
    '--character-set-server=utf8mb4',
    ...(options.arguments ?? []),
  ]
  const [command = '', ...args] = argv
  const child = start === undefined ? spawn(command, args, { stdio: 'ignore' }) : await start(argv)
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const stop = async () => {
    child.kill('SIGTERM')
    await exited
    rmSync(directory, { recursive: true, force: true })
  }
  const client = ['--no-defaults', '--batch', '--raw', '--skip-column-names', '-uroot', '-S', socket]
  const sql = (text: string) => run('mariadb', client, `SET sql_log_off = 1;\n${text}`)
  for (const since = Date.now(); !(await answers(socket)); await sleep(50)) {
    if (Date.now() - since < startLimitMs && child.exitCode === null) continue
    await stop()
    throw new Error('mariadbd did not start')
  }
  sql(`CREATE DATABASE tap; CREATE DATABASE tap2;
    CREATE USER tap@'127.0.0.1' IDENTIFIED BY 'tappass'; GRANT ALL ON *.* TO tap@'127.0.0.1';
    CREATE USER tap@localhost IDENTIFIED BY 'tappass'; GRANT ALL ON *.* TO tap@localhost;`)
  return {
    port,
    socket,
    pid: child.pid ?? 0,
    user: 'tap',
    password: 'tappass',
    generalLog: () => readFileSync(log, 'utf8'),
    generalLogBytes: () => readFileSync(log, 'latin1'),
    sql,
    stop,
  }
}

/** To ask by a client would keep an emulated processor from starting the server. */
async function answers(socket: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const connection = connect(socket)
    connection.once('data', () => {
      connection.destroy()
      resolve(true)
    })
    connection.once('error', () => resolve(false))
  })
}
