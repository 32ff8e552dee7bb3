/** The drivers' sessions: a script each, in the driver's own language, that prints what its driver was told (tally.ts). */
import { spawnSync } from 'node:child_process'
import { type Told, readTally } from './tally.ts'

/** The command that runs a script, with the languages that Debian packages drivers for; `$DIR` is where the scripts are. Its arguments: port, user, password. */
const commands: Readonly<Record<string, string>> = {
  'node-mysql2': 'node "$DIR/node-mysql2.mjs"',
  'node-odd-corners': 'node "$DIR/node-odd-corners.mjs"',
  'node-mariadb': 'node "$DIR/node-mariadb.mjs"',
  'python-pymysql': '/usr/bin/python3 "$DIR/python-pymysql.py"',
  'python-mysqlclient': '/usr/bin/python3 "$DIR/python-mysqlclient.py"',
  'python-connector': '/usr/bin/python3 "$DIR/python-connector.py"',
  'perl-dbd-mysql': '/usr/bin/perl "$DIR/perl-dbd-mysql.pl"',
  'php-mysqli-pdo': '/usr/bin/php "$DIR/php-mysqli-pdo.php"',
  'ruby-mysql2': 'ruby "$DIR/ruby-mysql2.rb"',
  'go-sql-driver':
    'GOPATH=/usr/share/gocode GO111MODULE=off go build -o /tmp/go-session "$DIR/go-sql-driver.go" && /tmp/go-session',
  'java-connector-j': 'java -cp /usr/share/java/mariadb-java-client.jar "$DIR/java-connector-j.java"',
  'c-libmysqlclient':
    'gcc -w -o /tmp/c-session "$DIR/c-libmysqlclient.c" $(mysql_config --cflags --libs) && /tmp/c-session',
}

export const sessionNames: readonly string[] = Object.keys(commands)

const limitMs = 60_000

export interface SessionOptions {
  port: number
  user: string
  password: string
  /** Where the scripts are, as the command sees it. */
  directory: string
  /** In front of the command: `chroot DIRECTORY`. */
  prefix?: string[]
}

/** Runs one to its end. @returns what its driver was told */
export function runSession(name: string, { port, user, password, directory, prefix = [] }: SessionOptions): Told[] {
  const script = `DIR=${directory}; ${commands[name] ?? 'false'} ${port} ${user} ${password}`
  const [command, ...args] = [...prefix, 'sh', '-c', script]
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: limitMs })
  if (status !== 0) throw new Error(`run session ${name}: ${status} ${stderr}`)
  return readTally(stdout)
}
